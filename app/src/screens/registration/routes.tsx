import type { Route } from '../../route.ts';

/** From the welcome to the first passkey. */
export const registrationRoutes: readonly Route[] = [];
