/** What a person does with the app, in the words of their phone. */
import type { Locator } from 'playwright-core';
import { expect } from 'vitest';
import type { Phone } from './phone.ts';
import { type MessageKey, patternOf } from './words.ts';

/** Patience with a running system, ms. */
const WITHIN_MS = 20_000;

/** Something on the screen, by its role and what it says. */
export const part = (phone: Phone, role: 'button' | 'link' | 'heading', key: MessageKey): Locator =>
  phone.page.getByRole(role, { name: patternOf(phone.locale, key) }).first();

export const press = (phone: Phone, key: MessageKey): Promise<void> => part(phone, 'button', key).click();

/** Waits until the screen is that of the heading. */
export const arrives = (phone: Phone, key: MessageKey): Promise<void> =>
  part(phone, 'heading', key).waitFor({ timeout: WITHIN_MS });

/** Whether a text is on the screen now. */
export const says = (phone: Phone, key: MessageKey): Promise<boolean> =>
  phone.page.getByText(patternOf(phone.locale, key)).first().isVisible();

/** Waits until the screen says so. */
export const untilSays = (phone: Phone, key: MessageKey): Promise<void> =>
  phone.page.getByText(patternOf(phone.locale, key)).first().waitFor({ timeout: WITHIN_MS });

/** Opens a declaration as its link does, and reads it to its last line. */
export async function review(phone: Phone, declarationId: string): Promise<void> {
  await phone.open(`/d/${declarationId}`);
  await arrives(phone, 'declaration.title');
  await readAll(phone);
}

/** Until nothing is left that was not seen: only then can it be confirmed. */
export async function readAll(phone: Phone): Promise<void> {
  await part(phone, 'link', 'answer.repudiate').waitFor({ timeout: WITHIN_MS });
  const left = part(phone, 'button', 'read.left');
  const look = async () => {
    if (await left.isVisible()) await left.click();
    return left.isVisible();
  };
  await expect.poll(look, { timeout: WITHIN_MS, interval: 50 }).toBe(false);
}

/** One touch: the phone's authenticator signs. */
export const confirm = (phone: Phone): Promise<void> => press(phone, 'answer.confirm');
