import type { Messages } from './message.ts';

export const declaration = {} as const satisfies Messages;
