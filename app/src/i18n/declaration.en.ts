import type { declaration as source } from './declaration.zh-TW.ts';
import type { Translation } from './message.ts';

export const declaration: Translation<typeof source> = {};
