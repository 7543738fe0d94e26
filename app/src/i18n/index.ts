/** The app's words: `t('inbox.title', {n})`. Chinese (Taiwan) is the source of the keys; English has exactly the same. */
import { addWords, hasWords, say } from './core.ts';
import { en } from './en.ts';
import type { Params } from './message.ts';
import { zhTW } from './zh-TW.ts';

export { LOCALES, type Locale, locale, onLocale, setLocale, startLocale, useLocale } from './core.ts';

export type MessageKey = keyof typeof zhTW;

addWords({ 'zh-TW': zhTW, en });

export const t = (key: MessageKey, params?: Params): string => say(key, params);

/** A key made of parts that come from elsewhere, where such a text exists. */
export const hasMessage = (key: string): key is MessageKey => hasWords(key);
