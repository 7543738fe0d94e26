/** A running Consentry, a browser, and phones in it. One per test file. */
import { type Citizen, openOutside, type Somebody, somebody } from '../../support/outside.ts';
import type { TestStackOptions } from '../../support/stack.ts';
import { launchBrowser } from './browser.ts';
import { openPhone, type Phone, type PhoneOptions } from './phone.ts';

/** Registered, with a passkey; whether anything is pushed to them is the app's affair. */
export type Registered = Omit<Citizen, 'pushed'>;

export type AppWorld = Awaited<ReturnType<typeof openAppWorld>>;

export async function openAppWorld(options: TestStackOptions = {}) {
  // First: without a browser there is no need to wait for the rest.
  const browser = await launchBrowser();
  const outside = await openOutside(options).catch(async (error) => {
    await browser.close();
    throw error;
  });
  const { endpoints } = outside.stack;
  const phone = (as: PhoneOptions = {}): Promise<Phone> =>
    openPhone({ browser, app: endpoints.app, push: endpoints.push }, as);
  return {
    ...outside,
    browser,
    app: endpoints.app,
    /** A phone that nobody has used yet. */
    phone,
    /** Somebody of whom nobody has heard yet, registered through the handset. */
    registered: async (changes: Partial<Somebody> = {}): Promise<Registered> => {
      const who = somebody(changes);
      await outside.subscribe(who);
      const handset = outside.phoneOf(who);
      const { status, reason } = await handset.register(who);
      if (status !== 'bound') throw new Error(`not registered: ${status} ${reason}`);
      await handset.createPasskey();
      return { who, handset, importer: { name: who.name, phone: who.phone } };
    },
    /** The phone of somebody who registered before, logged in; nothing is open yet. */
    phoneOf: async ({ handset }: Pick<Citizen, 'handset'>, as: PhoneOptions = {}): Promise<Phone> => {
      const opened = await phone(as);
      await opened.adopt(handset);
      return opened;
    },
    close: async () => {
      await browser.close();
      await outside.close();
    },
  };
}
