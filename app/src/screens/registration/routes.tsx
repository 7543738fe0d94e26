import { PATHS } from '../../paths.ts';
import type { Route } from '../../route.ts';
import { Login } from '../welcome/login.tsx';
import { Registered } from './registered.tsx';
import { Wizard } from './wizard.tsx';

/** From the welcome to the first passkey. */
export const registrationRoutes: readonly Route[] = [
  { path: PATHS.login, screen: () => <Login /> },
  { path: PATHS.register, screen: () => <Wizard /> },
  { path: PATHS.registerStep, screen: ({ step = '' }) => <Wizard step={step} /> },
  { path: PATHS.registration, screen: ({ id = '' }) => <Registered id={id} /> },
];
