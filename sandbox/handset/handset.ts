/**
 * A phone with the importer's app on it, as a library: for tests, scripts and load. It speaks the API as the app does,
 * has a software passkey authenticator, and reaches the operator over "mobile data". Simulated; not for real people.
 */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { Authenticator, type SignOptions, type StoredCredential } from './authenticator.ts';
import { type Answer, Browser, type BrowserRequest, ProblemAnswer, type StoredCookies } from './browser.ts';
import type {
  Decided,
  Decision,
  DecisionRequest,
  Locale,
  Network,
  Person,
  Registration,
  ShownDeclaration,
} from './forms.ts';

/** Header in which the sandbox's mobile network names the subscriber of the data session. */
const MSISDN_HEADER = 'x-sandbox-msisdn';
const MAX_REDIRECTS = 10;
const POLL_MS = 100;

export interface HandsetOptions {
  /** Origin of Consentry's API, which serves the app too. */
  apiUrl: string;
  /** The number that its owner types. */
  phone: string;
  /** The number of the SIM; the same unless somebody cheats. */
  msisdn?: string | undefined;
  /** What an earlier run kept. */
  state?: HandsetState | undefined;
}

/** All that a phone remembers; JSON. */
export interface HandsetState {
  cookies: StoredCookies;
  credentials: StoredCredential[];
  registrationId: string | null;
}

export interface WaitOptions {
  timeoutMs?: number;
  /** Told each status as it is first seen. */
  onStatus?: (registration: Registration) => void;
}

export const createHandset = (options: HandsetOptions): Handset => new Handset(options);

export class Handset {
  readonly api: string;
  readonly phone: string;
  readonly browser: Browser;
  readonly authenticator: Authenticator;
  private readonly msisdn: string;
  /** Of the registration that this phone began last. */
  registrationId: string | null;

  constructor({ apiUrl, phone, msisdn = phone, state }: HandsetOptions) {
    this.api = new URL(apiUrl).origin;
    this.phone = phone;
    this.msisdn = msisdn;
    this.browser = new Browser(state?.cookies);
    this.authenticator = new Authenticator(this.api, state?.credentials);
    this.registrationId = state?.registrationId ?? null;
  }

  /** For a later `createHandset({state})`. */
  state(): HandsetState {
    return {
      cookies: this.browser.storedCookies(),
      credentials: this.authenticator.stored(),
      registrationId: this.registrationId,
    };
  }

  /** The API's answer, whatever it is. */
  ask(method: string, path: string, request: BrowserRequest = {}): Promise<Answer> {
    return this.browser.ask(method, `${this.api}${path}`, request);
  }

  /** The body of the API's answer where that is a success. Throws `ProblemAnswer`. */
  async call<T = null>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.ask(method, path, body === undefined ? {} : { body });
    if (answer.status >= 300) throw new ProblemAnswer(`${method} ${path}`, answer);
    return answer.body as T;
  }

  // Registration (R1–R4) ------------------------------------------------------------------------------------------

  /** R1 to R4, until bound, refused, held, or to be tried again (`awaiting_telecom` with a reason). */
  async register(
    person: Person,
    options: WaitOptions & { network?: Network; locale?: Locale } = {},
  ): Promise<Registration> {
    await this.authorize(await this.beginRegistration(person, options.locale), options.network);
    return this.untilRegistration(isEnd, options);
  }

  /** R1: sends what the person filled in. Returns the operator's authorization address. */
  async beginRegistration(person: Person, locale: Locale = 'zh-TW'): Promise<string> {
    const { version } = await this.call<{ version: string }>('GET', `/app/notices?locale=${locale}`);
    const { registrationId, authorizationUrl } = await this.call<{
      registrationId: string;
      authorizationUrl: string;
    }>('POST', '/app/registrations', { ...person, phone: this.phone, locale, noticeVersion: version });
    this.registrationId = registrationId;
    return authorizationUrl;
  }

  /** R2: the operator's authorization in this phone's browser, up to the page of the app that it leads to. */
  async authorize(authorizationUrl: string, network: Network = 'mobile'): Promise<string> {
    let url = new URL(authorizationUrl);
    for (let hops = 0; hops < MAX_REDIRECTS; hops++) {
      const { origin, href, pathname } = url;
      if (origin === this.api && !pathname.startsWith('/app/')) return href;
      const headers: Record<string, string> =
        origin !== this.api && network === 'mobile' ? { [MSISDN_HEADER]: this.msisdn } : {};
      const answer = await this.browser.ask('GET', href, { headers });
      const location = answer.headers.get('location');
      if (!location) throw new ProblemAnswer(`${origin}${pathname}`, answer);
      url = new URL(location, url);
    }
    throw new Error('too many redirects');
  }

  /** After `not-on-mobile-network` or an expired try: a fresh one. */
  async authorizeAgain(network: Network = 'mobile'): Promise<string> {
    const path = `/app/registrations/${this.registrationId}/authorization`;
    const { authorizationUrl } = await this.call<{ authorizationUrl: string }>('POST', path, {});
    return this.authorize(authorizationUrl, network);
  }

  async registration(): Promise<Registration> {
    const registrationId = this.registrationId ?? '';
    return {
      registrationId,
      ...(await this.call<object>('GET', `/app/registrations/${registrationId}`)),
    } as Registration;
  }

  /** Polls until `done`; throws after `timeoutMs` (30 s), saying where it stood. */
  async untilRegistration(
    done: (seen: Registration) => boolean,
    { timeoutMs = 30_000, onStatus }: WaitOptions = {},
  ): Promise<Registration> {
    const end = Date.now() + timeoutMs;
    for (let last = ''; ; ) {
      const seen = await this.registration();
      if (seen.status !== last) onStatus?.(seen);
      last = seen.status;
      if (done(seen)) return seen;
      if (Date.now() > end) throw new Error(`registration still ${seen.status} ${seen.reason ?? ''}`.trim());
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  // Passkeys and session ------------------------------------------------------------------------------------------

  /** Makes a passkey; right after a registration this logs in, too. */
  async createPasskey(): Promise<void> {
    const options = await this.call<PublicKeyCredentialCreationOptionsJSON>(
      'POST',
      '/app/passkeys/options',
      {},
    );
    await this.call('POST', '/app/passkeys', this.authenticator.create(options));
  }

  async login(how?: SignOptions): Promise<void> {
    const options = await this.call<PublicKeyCredentialRequestOptionsJSON>(
      'POST',
      '/app/session/options',
      {},
    );
    await this.call('POST', '/app/session', this.authenticator.get(options, how));
  }

  logout(): Promise<null> {
    return this.call('DELETE', '/app/session');
  }

  // Declarations (P4) ---------------------------------------------------------------------------------------------

  async inbox(): Promise<ShownDeclaration[]> {
    return (await this.call<{ items: ShownDeclaration[] }>('GET', '/app/inbox')).items;
  }

  declaration(id: string): Promise<ShownDeclaration> {
    return this.call('GET', `/app/declarations/${id}`);
  }

  async history(filter: { from?: string; to?: string; waybill?: string } = {}): Promise<ShownDeclaration[]> {
    const path = `/app/history?${new URLSearchParams(filter)}`;
    return (await this.call<{ items: ShownDeclaration[] }>('GET', path)).items;
  }

  /** One touch: options, signature, answer. `version`: the one shown now unless given. Throws `ProblemAnswer`. */
  async decide(
    id: string,
    decision: Decision['decision'],
    details: Partial<Omit<DecisionRequest, 'decision'>> = {},
  ): Promise<Decided> {
    const version = details.version ?? (await this.declaration(id)).version;
    const request = { ...details, decision, version };
    const answer = await this.submit(id, request, this.sign(await this.options(id, request)));
    if (answer.status >= 300) throw new ProblemAnswer('the decision', answer);
    return answer.body as Decided;
  }

  /** First part of a decision: what is to be signed. */
  options(id: string, request: DecisionRequest): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return this.call('POST', `/app/declarations/${id}/decision/options`, request);
  }

  /** Second part. */
  sign(options: PublicKeyCredentialRequestOptionsJSON, how?: SignOptions): AuthenticationResponseJSON {
    return this.authenticator.get(options, how);
  }

  /** Third part: the API's answer, whatever it is. */
  submit(id: string, words: DecisionRequest, assertion: AuthenticationResponseJSON): Promise<Answer> {
    const { noticeVersion: _, locale: __, build: ___, ...body } = words;
    return this.ask('POST', `/app/declarations/${id}/decision`, { body: { ...body, assertion } });
  }

  // The person's own data, and messages ---------------------------------------------------------------------------

  identity(): Promise<Record<string, unknown>> {
    return this.call('GET', '/app/identity');
  }

  freeze(): Promise<null> {
    return this.call('POST', '/app/identity/freeze');
  }

  unfreeze(): Promise<null> {
    return this.call('POST', '/app/identity/unfreeze');
  }

  /** "That was not me": the change of phone that waits for this identity. */
  refusePhoneChange(): Promise<null> {
    return this.call('POST', '/app/identity/phone-change/refusal');
  }

  async pushKey(): Promise<string> {
    return (await this.call<{ publicKey: string }>('GET', '/app/push-key')).publicKey;
  }

  subscribePush(subscription: unknown): Promise<unknown> {
    return this.call('POST', '/app/push-subscriptions', subscription);
  }

  unsubscribePush(subscription: unknown): Promise<null> {
    return this.call('DELETE', '/app/push-subscriptions', subscription);
  }

  displayed(notificationId: string): Promise<null> {
    return this.call('POST', `/app/notifications/${notificationId}/displayed`);
  }
}

const isEnd = ({ status, reason, holdUntil }: Registration): boolean =>
  ['bound', 'refused', 'abandoned'].includes(status) ||
  holdUntil !== undefined ||
  (status === 'awaiting_telecom' && reason !== undefined);
