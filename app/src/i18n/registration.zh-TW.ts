import type { Messages } from './message.ts';

export const registration = {} as const satisfies Messages;
