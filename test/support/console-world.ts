/** People of a broker at its console, each with a browser and a software passkey, as HTTP sees them. */
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { inviteUser } from '../../db/console/invitations.ts';
import type { Database } from '../../db/database.ts';
import type { ConsoleRole } from '../../domain/console.ts';
import { Authenticator } from '../../sandbox/handset/authenticator.ts';
import { type Answer, Browser, type BrowserRequest } from '../../sandbox/handset/browser.ts';

/** One browser of one person. */
export class ConsoleClient {
  readonly browser = new Browser();
  readonly authenticator: Authenticator;
  readonly url: string;

  constructor(url: string, authenticator = new Authenticator(url)) {
    this.url = url;
    this.authenticator = authenticator;
  }

  ask(method: string, path: string, request: BrowserRequest = {}): Promise<Answer> {
    return this.browser.ask(method, `${this.url}/console/api${path}`, request);
  }

  /** The body of a success. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.ask(method, path, body === undefined ? {} : { body });
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Accepts an invitation with a new passkey of this browser; the answer to the last step. */
  async join(token: string): Promise<Answer> {
    const options = await this.call('POST', '/invitation/options', { token });
    return this.accept(token, options);
  }

  accept(token: string, options: PublicKeyCredentialCreationOptionsJSON): Promise<Answer> {
    const passkey = this.authenticator.create(options);
    return this.ask('POST', '/invitation/acceptance', { body: { token, passkey } });
  }

  async login(): Promise<Answer> {
    const options = (await this.call(
      'POST',
      '/session/options',
      {},
    )) as PublicKeyCredentialRequestOptionsJSON;
    return this.ask('POST', '/session', { body: this.authenticator.get(options) });
  }

  get cookie(): string | undefined {
    return this.browser.cookie(this.url, 'console') ?? undefined;
  }
}

export interface Colleague {
  userId: string;
  client: ConsoleClient;
}

/** Somebody who has joined. */
export async function joined(
  { url, db }: { url: string; db: Database },
  brokerId: string,
  role: ConsoleRole = 'admin',
  name = '陳報關',
): Promise<Colleague> {
  const { userId, token } = await inviteUser(db, { brokerId, by: null, name, role });
  const client = new ConsoleClient(url);
  const { status } = await client.join(token);
  if (status !== 204) throw new Error(`not joined: ${status}`);
  return { userId, client };
}
