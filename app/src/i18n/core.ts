/**
 * Words of whichever app this is: the language, the words that all apps share, and those that an app adds. Screens ask their
 * own app's `t`, which knows its keys; what is shared (`ui/`) asks this one.
 */
import { createStore, useStore } from '../store.ts';
import { common as commonEn } from './common.en.ts';
import { common as commonZhTW } from './common.zh-TW.ts';
import { fill, type Messages, type Params } from './message.ts';

export type CommonKey = keyof typeof commonZhTW;
export const LOCALES = ['zh-TW', 'en'] as const;
export type Locale = (typeof LOCALES)[number];

/** As `lang` says it: the glyphs of Taiwan, wherever the phone was bought. */
const LANG: Readonly<Record<Locale, string>> = { 'zh-TW': 'zh-Hant-TW', en: 'en' };
const KEY = 'locale';

const words: Record<Locale, Messages> = { 'zh-TW': commonZhTW, en: commonEn };
const current = createStore<Locale>('zh-TW');

/** An app's own words, once, before its first screen. */
export function addWords(own: Readonly<Record<Locale, Messages>>): void {
  for (const known of LOCALES) words[known] = { ...words[known], ...own[known] };
}

/** What was chosen, else what the browser prefers; Chinese where it is neither. */
export function startLocale(): void {
  const chosen = LOCALES.find((known) => known === localStorage.getItem(KEY));
  const preferred = navigator.languages.map((tag) =>
    LOCALES.find((known) => tag.startsWith(known.slice(0, 2))),
  );
  apply(chosen ?? preferred.find((known) => known !== undefined) ?? 'zh-TW');
}

export function setLocale(chosen: Locale): void {
  localStorage.setItem(KEY, chosen);
  apply(chosen);
}

function apply(chosen: Locale): void {
  document.documentElement.lang = LANG[chosen];
  current.set(chosen);
}

export const locale = (): Locale => current.get();
export const useLocale = (): Locale => useStore(current);
export const onLocale = current.subscribe;

/** A text by a key that this app knows; the key itself where it does not. */
export const say = (key: string, params?: Params): string =>
  fill(words[locale()][key] ?? key, locale(), params);

/** Whether this app has such a text. */
export const hasWords = (key: string): boolean => key in words['zh-TW'];

export const t = (key: CommonKey, params?: Params): string => say(key, params);
