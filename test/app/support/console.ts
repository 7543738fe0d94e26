/** A broker's console in a browser: people at it, and its words. */
import type { Locator } from 'playwright-core';
import { en } from '../../../app/console/i18n/en.ts';
import { zhTW } from '../../../app/console/i18n/zh-TW.ts';
import { common as commonEn } from '../../../app/src/i18n/common.en.ts';
import { common as commonZhTW } from '../../../app/src/i18n/common.zh-TW.ts';
import { fill, type Message, type Params } from '../../../app/src/i18n/message.ts';
import type { Locale, Phone } from './phone.ts';

export type ConsoleKey = keyof typeof zhTW | keyof typeof commonZhTW;

const WORDS = { 'zh-TW': { ...commonZhTW, ...zhTW }, en: { ...commonEn, ...en } };

/** Patience with a running system, ms. */
const WITHIN_MS = 20_000;
/** A desk, CSS pixels across. */
export const DESK = 1280;

export const consoleWords =
  (locale: Locale) =>
  (key: ConsoleKey, params?: Params): string =>
    fill(WORDS[locale][key] as Message, locale, params);

/** The text in any of its numbers, with anything at its places. */
function patternOf(locale: Locale, key: ConsoleKey): RegExp {
  const message: Message = WORDS[locale][key];
  const forms = typeof message === 'string' ? [message] : [message.one, message.other];
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(
    forms
      .map((form) =>
        form
          .split(/\{\w+\}/)
          .map(literal)
          .join('.*'),
      )
      .join('|'),
  );
}

/** Something on the screen, by its role and what it says. */
export const find = (
  { page, locale }: Phone,
  role: 'button' | 'link' | 'heading' | 'radio' | 'textbox',
  key: ConsoleKey,
): Locator => page.getByRole(role, { name: patternOf(locale, key) }).first();

export const click = (desk: Phone, key: ConsoleKey, role: 'button' | 'link' = 'button'): Promise<void> =>
  find(desk, role, key).click();

/** Waits until the screen is that of the heading. */
export const arrivesAt = (desk: Phone, key: ConsoleKey): Promise<void> =>
  find(desk, 'heading', key).waitFor({ timeout: WITHIN_MS });

/** Waits until the screen says so. */
export const untilTold = ({ page, locale }: Phone, key: ConsoleKey): Promise<void> =>
  page.getByText(patternOf(locale, key)).first().waitFor({ timeout: WITHIN_MS });

/** Field of a declaration's form, by what it is called. */
export const field = ({ page, locale }: Phone, key: ConsoleKey): Locator =>
  page.getByLabel(consoleWords(locale)(key), { exact: true });

/** Opens an invitation and joins with a passkey of this browser. */
export async function joinConsole(desk: Phone, invitationUrl: string): Promise<void> {
  await desk.page.goto(invitationUrl);
  await click(desk, 'join.action');
  await arrivesAt(desk, 'overview.title');
}
