import type { Messages } from './message.ts';

export const me = {} as const satisfies Messages;
