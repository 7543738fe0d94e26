import type { Translation } from './message.ts';
import type { registration as source } from './registration.zh-TW.ts';

export const registration: Translation<typeof source> = {};
