/** A person registering through the app's screens, step by step; the operator's page is really gone through. */
import type { Somebody } from '../../support/outside.ts';
import { arrives, press } from './acts.ts';
import type { Phone } from './phone.ts';
import { type MessageKey, wordsOf } from './words.ts';

export const STEPS = ['notice', 'id', 'person', 'phone', 'operator', 'network'] as const;
export type Step = (typeof STEPS)[number];

/** Which phone the operator sees: a number in E.164, or `wifi`. */
export type Network = string;

const titleOf = (step: Step) => `register.${step}.title` as MessageKey;
const field = (phone: Phone, key: MessageKey) =>
  phone.page.getByLabel(wordsOf(phone.locale)(key), { exact: true });

/** Fills in one step as it stands before the person. */
export async function fillIn(phone: Phone, step: Step, who: Somebody): Promise<void> {
  const [year = '', month = '', day = ''] = who.birthDate.split('-');
  switch (step) {
    case 'id':
      return field(phone, 'register.id.label').fill(who.idNumber);
    case 'person':
      await field(phone, 'register.name.label').fill(who.name);
      await field(phone, 'register.birth.year').fill(year);
      await field(phone, 'register.birth.month').fill(month);
      return field(phone, 'register.birth.day').fill(day);
    case 'phone':
      return field(phone, 'register.phone.label').fill(who.phone.replace('+886', '0'));
    case 'operator':
      return phone.page.getByRole('radio').first().check();
    case 'notice':
      return phone.page.locator('.prose').waitFor();
    case 'network':
      return;
  }
}

export const goOn = (phone: Phone, step: Step): Promise<void> =>
  press(phone, step === 'notice' ? 'register.notice.accept' : 'action.continue');

/** From the welcome to the last step; `seen` looks at each before it is left. */
export async function toTheNetworkStep(
  phone: Phone,
  who: Somebody,
  seen: (step: Step) => Promise<void> = async () => {},
): Promise<void> {
  await phone.open('/register');
  for (const step of STEPS) {
    await arrives(phone, titleOf(step));
    await fillIn(phone, step, who);
    await seen(step);
    if (step !== 'network') await goOn(phone, step);
  }
}

/** Over to the operator, who sees that phone, and back. */
export async function passOperator(phone: Phone, network: Network): Promise<void> {
  await phone.page.waitForURL(/\/authorize/);
  await phone.page.locator(`a[href*="sandbox_msisdn=${encodeURIComponent(network)}"]`).click();
  await phone.page.waitForURL(/\/r\//);
}

/** All of it, up to what the operator and Customs said. */
export async function registerInApp(
  phone: Phone,
  who: Somebody,
  network: Network = who.phone,
): Promise<void> {
  await toTheNetworkStep(phone, who);
  await press(phone, 'register.network.go');
  await passOperator(phone, network);
}
