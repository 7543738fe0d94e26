/**
 * Messages to brokers' own systems (Standard Webhooks). An address is a stranger's: it must lead out to the internet, and is
 * checked where the connection is made, so that neither a name that changes nor a redirect leads inside (SSRF).
 */
import type { LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { type BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { WEBHOOK_URL_MAX_LENGTH } from '../domain/limits.ts';
import type { DeliveryFailure } from '../domain/webhook.ts';
import { AddressRefused, isPublicAddress } from './public-address.ts';
import { resolveName } from './resolve-name.ts';
import { endOnUpgrade } from './upgrade.ts';

export interface WebhookMessage {
  url: string;
  /** `whsec_…`; each signs, the newest first. */
  secrets: readonly string[];
  /** The same at every attempt. */
  id: string;
  body: string;
}

export type WebhookAnswer = { taken: true; httpStatus: number } | WebhookFailure;
export interface WebhookFailure {
  taken: false;
  failure: DeliveryFailure;
  /** Null: it was not answered. */
  httpStatus: number | null;
}

export interface WebhookGateway {
  /** One attempt. Never throws: whatever happens out there is an answer. */
  send(message: WebhookMessage): Promise<WebhookAnswer>;
  /** Whether an address may be told of events: null, or what is wrong with it. Asks the name service. */
  check(url: string): Promise<string | null>;
}

/** The name service: all addresses of a name. */
export type Resolve = (
  hostname: string,
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

export interface WebhookSettings {
  /** Ours, that endpoints may lie in all the same, also over plain http; none in production. */
  networks: BlockList;
  timeoutMs: number;
  resolve?: Resolve;
}

/** The name service may take so long for an address that is being set up, ms. */
const RESOLVE_WITHIN_MS = 5_000;
/** Of an answer's body: nobody reads it, and the connection can be kept when it is short. */
const ANSWER_MAX_BYTES = 16 * 1024;
/** Below, ports belong to other protocols, which a request could be taken for. */
const FIRST_FREE_PORT = 1_024;

/** A connection that nobody uses is kept for so long; strangers choose how many hosts there are. */
const SOCKETS = { keepAlive: true, timeout: 15_000, maxFreeSockets: 16, maxTotalSockets: 512 } as const;

const byNameService: Resolve = (hostname, callback) => {
  resolveName(hostname).then(
    (addresses) => callback(null, addresses),
    (error: Error) => callback(error, []),
  );
};

export function createWebhookGateway({
  networks,
  timeoutMs,
  resolve = byNameService,
}: WebhookSettings): WebhookGateway {
  const agents = {
    'http:': new http.Agent(SOCKETS),
    'https:': new https.Agent(SOCKETS),
  };
  const guards = {
    'http:': guardedLookup((address) => isWithin(networks, address), resolve),
    'https:': guardedLookup((address) => isWithin(networks, address) || isPublicAddress(address), resolve),
  };

  return {
    async send(message) {
      const url = parse(message.url);
      if (typeof url === 'string') return refused;
      const sending = { agent: agents[url.protocol], lookup: guards[url.protocol], timeoutMs };
      try {
        await connectable(url, guards[url.protocol]);
        return verdict(await post(url, message, sending));
      } catch (error) {
        if (error instanceof AddressRefused) return refused;
        return { taken: false, failure: isTimeout(error) ? 'time-out' : 'connection', httpStatus: null };
      }
    },
    async check(text) {
      const url = parse(text);
      if (typeof url === 'string') return url;
      const resolved = new Promise<string | null>((done) => {
        const look = isIP(hostOf(url))
          ? connectable(url, guards[url.protocol])
          : looked(url, guards[url.protocol]);
        look.then(
          () => done(null),
          () => done('must lead to a public address, over https'),
        );
        setTimeout(done, RESOLVE_WITHIN_MS, 'its name is not found').unref();
      });
      return resolved;
    },
  };
}

const refused: WebhookFailure = { taken: false, failure: 'address-refused', httpStatus: null };

interface WebUrl extends URL {
  protocol: 'http:' | 'https:';
}

/** A URL in the form that is taken, or what is wrong with it. */
function parse(text: string): WebUrl | string {
  if (text.length > WEBHOOK_URL_MAX_LENGTH) return `must have at most ${WEBHOOK_URL_MAX_LENGTH} characters`;
  if (!URL.canParse(text)) return 'must be a URL';
  const url = new URL(text);
  if (!isWeb(url)) return 'must be an https URL';
  if (url.username || url.password) return 'must hold no user name or password: messages are signed';
  if (url.hash) return 'must have no fragment';
  if (url.port !== '' && Number(url.port) < FIRST_FREE_PORT)
    return `must have port 443 or one from ${FIRST_FREE_PORT} on`;
  return url;
}

const isWeb = (url: URL): url is WebUrl => url.protocol === 'https:' || url.protocol === 'http:';

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

const isWithin = (networks: BlockList, address: string): boolean =>
  networks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

/** A look-up for `net.connect` that finds nothing but addresses that may be connected to: all of a name's, or none. */
function guardedLookup(mayConnect: (address: string) => boolean, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    const found = (error: Error | null, addresses: LookupAddress[]) => {
      const [first] = addresses ?? [];
      if (error || !first) return callback(error ?? new Error('not found'), '', 0);
      if (!addresses.every(({ address }) => mayConnect(address)))
        return callback(new AddressRefused('not a public address'), '', 0);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    };
    const family = isIP(hostname);
    if (family) found(null, [{ address: hostname, family }]);
    else resolve(hostname, found);
  };
}

const looked = (url: URL, lookup: LookupFunction): Promise<void> =>
  new Promise((done, fail) => lookup(hostOf(url), { all: true }, (error) => (error ? fail(error) : done())));

/** An address in place of a name is connected to without any look-up: so it is checked here. Throws `AddressRefused`. */
const connectable = async (url: URL, lookup: LookupFunction): Promise<void> => {
  if (isIP(hostOf(url))) await looked(url, lookup);
};

interface Sending {
  agent: http.Agent;
  lookup: LookupFunction;
  timeoutMs: number;
}

/** The status of the answer. Redirects are answers; nothing of a body is looked at. */
function post(url: WebUrl, message: WebhookMessage, { agent, lookup, timeoutMs }: Sending): Promise<number> {
  const signal = AbortSignal.timeout(timeoutMs);
  const client = url.protocol === 'https:' ? https : http;
  const headers = headersOf(message);
  const attempt = () =>
    new Promise<number>((resolve, reject) => {
      const request = client.request(url, { method: 'POST', headers, agent, lookup, signal }, (response) => {
        discard(response);
        resolve(response.statusCode ?? 0);
      });
      endOnUpgrade(request, resolve);
      request.on('error', (error) => {
        // A kept connection that the other side closed just now: nothing was read of the request.
        const stale = request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
        if (stale && !signal.aborted) resolve(attempt());
        else reject(signal.aborted ? signal.reason : error);
      });
      request.end(message.body);
    });
  return attempt();
}

function headersOf({ secrets, id, body }: WebhookMessage): Record<string, string> {
  const now = new Date();
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'Consentry-Webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
  };
}

/** A short body leaves its connection to the next message; a longer one, or one that never ends, ends it. */
function discard(response: http.IncomingMessage): void {
  let bytes = 0;
  response.on('error', () => {});
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > ANSWER_MAX_BYTES) response.destroy();
  });
}

function verdict(httpStatus: number): WebhookAnswer {
  if (httpStatus >= 200 && httpStatus < 300) return { taken: true, httpStatus };
  // Standard Webhooks: the receiver does not want any more.
  if (httpStatus === 410) return { taken: false, failure: 'gone', httpStatus };
  const redirect = httpStatus >= 300 && httpStatus < 400;
  return { taken: false, failure: redirect ? 'redirect' : 'status', httpStatus };
}

const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError';
