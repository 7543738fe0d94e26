import type { me as source } from './me.zh-TW.ts';
import type { Translation } from './message.ts';

export const me: Translation<typeof source> = {};
