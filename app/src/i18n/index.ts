/** The app's words: `t('inbox.title', {n})`. Chinese (Taiwan) is the source of the keys; English has exactly the same. */
import { createStore, useStore } from '../store.ts';
import { en } from './en.ts';
import { fill, type Message, type Params } from './message.ts';
import { zhTW } from './zh-TW.ts';

export type MessageKey = keyof typeof zhTW;
export const LOCALES = ['zh-TW', 'en'] as const;
export type Locale = (typeof LOCALES)[number];

const DICTIONARIES: Readonly<Record<Locale, Readonly<Record<MessageKey, Message>>>> = { 'zh-TW': zhTW, en };
/** As `lang` says it: the glyphs of Taiwan, wherever the phone was bought. */
const LANG: Readonly<Record<Locale, string>> = { 'zh-TW': 'zh-Hant-TW', en: 'en' };
const KEY = 'locale';

const current = createStore<Locale>('zh-TW');

/** What was chosen, else what the browser prefers; Chinese where it is neither. */
export function startLocale(): void {
  const chosen = LOCALES.find((locale) => locale === localStorage.getItem(KEY));
  const preferred = navigator.languages.map((tag) =>
    LOCALES.find((locale) => tag.startsWith(locale.slice(0, 2))),
  );
  apply(chosen ?? preferred.find((locale) => locale !== undefined) ?? 'zh-TW');
}

export function setLocale(locale: Locale): void {
  localStorage.setItem(KEY, locale);
  apply(locale);
}

function apply(locale: Locale): void {
  document.documentElement.lang = LANG[locale];
  current.set(locale);
}

export const locale = (): Locale => current.get();
export const useLocale = (): Locale => useStore(current);
export const onLocale = current.subscribe;

export const t = (key: MessageKey, params?: Params): string =>
  fill(DICTIONARIES[locale()][key], locale(), params);

/** A key made of parts that come from elsewhere, where such a text exists. */
export const hasMessage = (key: string): key is MessageKey => key in zhTW;
