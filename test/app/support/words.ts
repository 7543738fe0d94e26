/** The app's words, so that tests find things as people do and say them once. */
import { en } from '../../../app/src/i18n/en.ts';
import { fill, type Message, type Params } from '../../../app/src/i18n/message.ts';
import { zhTW } from '../../../app/src/i18n/zh-TW.ts';
import type { Locale } from './phone.ts';

export type MessageKey = keyof typeof zhTW;

const messageOf = (locale: Locale, key: MessageKey): Message => ({ 'zh-TW': zhTW, en })[locale][key];

/** `const t = wordsOf('en'); t('inbox.title')` */
export const wordsOf =
  (locale: Locale) =>
  (key: MessageKey, params?: Params): string =>
    fill(messageOf(locale, key), locale, params);

/** The text in any of its numbers, with anything at its places. */
export function patternOf(locale: Locale, key: MessageKey): RegExp {
  const message = messageOf(locale, key);
  const forms = typeof message === 'string' ? [message] : [message.one, message.other];
  return new RegExp(
    forms
      .map((form) =>
        form
          .split(/\{\w+\}/)
          .map(literally)
          .join('.*'),
      )
      .join('|'),
  );
}

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * Languages in which a file goes through every state of its screens: Chinese, or what `APP_LOCALES` lists (`zh-TW,en`). The
 * story, registering and reading are always gone through in both.
 */
export const LOCALES: readonly Locale[] = (['zh-TW', 'en'] as const).filter((locale) =>
  (process.env.APP_LOCALES ?? 'zh-TW').split(',').includes(locale),
);
