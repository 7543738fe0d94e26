/** The console's words. Chinese (Taiwan) is the source of the keys; English has exactly the same. */
import type { common } from '../../src/i18n/common.zh-TW.ts';
import { addWords, hasWords, say } from '../../src/i18n/core.ts';
import type { Params } from '../../src/i18n/message.ts';
import { en } from './en.ts';
import { zhTW } from './zh-TW.ts';

export { locale, useLocale } from '../../src/i18n/core.ts';

export type MessageKey = keyof typeof zhTW | keyof typeof common;

addWords({ 'zh-TW': zhTW, en });

export const t = (key: MessageKey, params?: Params): string => say(key, params);

/** A key made of parts that come from elsewhere, where such a text exists. */
export const hasMessage = (key: string): key is MessageKey => hasWords(key);
