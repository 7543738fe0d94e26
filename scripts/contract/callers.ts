/** Who calls which part of the interface in the contract test, and how each is let in. */
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import { Authenticator } from '../../sandbox/handset/authenticator.ts';
import { Browser } from '../../sandbox/handset/browser.ts';
import { registeredImporter } from '../demo/person.ts';
import type { Endpoints } from '../up/endpoints.ts';

export interface Caller {
  who: string;
  /** Of paths, a regular expression. */
  paths: string;
  /** What would put the caller out, or does not end. */
  without?: string;
  headers: Readonly<Record<string, string>>;
}

/** One after the other, those first whose login has to be recent for what they do. */
export async function callersOf(endpoints: Endpoints): Promise<Caller[]> {
  return [
    {
      who: "an administrator of a broker's console",
      paths: '^/console/api/',
      without: '^/console/api/session$',
      headers: await administrator(endpoints),
    },
    {
      who: 'an importer',
      paths: '^/app/',
      without: '^/app/(session|sessions|identity|events)$',
      headers: await importer(endpoints),
    },
    {
      who: 'a broker',
      paths: '^/(v1|oauth)/',
      headers: { authorization: `Bearer ${await tokenOf(endpoints)}` },
    },
    {
      who: 'Customs',
      paths: '^/customs/v1/',
      headers: { authorization: `Bearer ${endpoints.customsToken}` },
    },
    {
      who: 'anybody',
      paths: '^/(log|docs|problems|\\.well-known|healthz|readyz|openapi)',
      headers: {},
    },
  ];
}

async function tokenOf({ api, brokers: [broker] }: Endpoints): Promise<string> {
  if (!broker) throw new Error('the sandbox has brokers');
  const credentials = Buffer.from(`${broker.clientId}:${broker.clientSecret}`).toString('base64');
  const response = await fetch(`${api}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${credentials}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

async function importer(endpoints: Endpoints) {
  const { browser } = await registeredImporter(endpoints);
  return asPageOf(endpoints.api, browser);
}

/** Joins by the invitation that the sandbox hands out. */
async function administrator({ api, invitations: [invitation] }: Endpoints) {
  if (!invitation) throw new Error('the sandbox invites to its consoles');
  const token = new URL(invitation.url).hash.slice(1);
  const browser = new Browser();
  const call = async <T>(path: string, body: object): Promise<T> => {
    const answer = await browser.ask('POST', `${api}/console/api/invitation${path}`, { body });
    if (answer.status >= 300) throw new Error(`not joined: ${answer.status}`);
    return answer.body as T;
  };
  const passkey = new Authenticator(api).create(
    await call<PublicKeyCredentialCreationOptionsJSON>('/options', { token }),
  );
  await call('/acceptance', { token, passkey });
  return asPageOf(api, browser);
}

const asPageOf = (origin: string, browser: Browser) => ({
  origin,
  cookie: Object.entries(browser.storedCookies()[origin] ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join('; '),
});
