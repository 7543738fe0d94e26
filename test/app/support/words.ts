/** The app's words, so that tests find things as people do and say them once. */
import { en } from '../../../app/src/i18n/en.ts';
import { fill, type Params } from '../../../app/src/i18n/message.ts';
import { zhTW } from '../../../app/src/i18n/zh-TW.ts';
import type { Locale } from './phone.ts';

export type MessageKey = keyof typeof zhTW;

/** `const t = wordsOf('en'); t('inbox.title')` */
export const wordsOf =
  (locale: Locale) =>
  (key: MessageKey, params?: Params): string =>
    fill({ 'zh-TW': zhTW, en }[locale][key], locale, params);
