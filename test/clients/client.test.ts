/** Brokers' client for Node: what it does again, what it never does twice, and what it tells. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  AuthenticationFailed,
  type ConsentryClient,
  createClient,
  NoAnswer,
  ProblemError,
  type TransportOptions,
  verifyWebhook,
} from '../../clients/typescript/index.ts';
import { revokeBroker, rotateKey } from '../../db/brokers.ts';
import { type ApiWorld, createApiWorld, OTHER_BOX_NUMBER } from '../support/api-world.ts';
import { submission } from '../support/broker-client.ts';
import { ndjson } from '../support/manifests.ts';
import { BOX_NUMBER } from '../support/poa-fixtures.ts';

let world: ApiWorld;
let directory: string;
let clientSecret: string;
beforeAll(async () => {
  world = await createApiWorld();
  world.processes.startPoa = async () => 'started';
  directory = await mkdtemp(join(tmpdir(), 'consentry-client-'));
  clientSecret = (await rotateKey(world.pool, BOX_NUMBER)) ?? '';
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await world?.close();
});

/** A fault on the way, for the next call to `path`: an answer instead of the API's, or none before or after it acted. */
type Fault = { path: string; times?: number } & (
  | { status: number; headers?: Record<string, string> }
  | { lost: 'before' | 'after' }
);
let faults: Fault[] = [];
let sent: string[] = [];
beforeEach(() => {
  [faults, sent] = [[], []];
});
const lossy: NonNullable<TransportOptions['fetch']> = async (url, init) => {
  const { pathname } = new URL(url);
  sent.push(`${init.method} ${pathname}`);
  const fault = faults.find(({ path, times = 1 }) => pathname.startsWith(path) && times > 0);
  if (!fault) return fetch(url, init);
  fault.times = (fault.times ?? 1) - 1;
  if ('status' in fault) return new Response('{}', fault);
  if (fault.lost === 'after') await fetch(url, init);
  throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
};
const connect = (options: Partial<TransportOptions> = {}): ConsentryClient =>
  createClient({
    url: world.url,
    authentication: { clientId: BOX_NUMBER, clientSecret },
    fetch: lossy,
    ...options,
  });
const calls = (path: string) => sent.filter((one) => one.endsWith(path)).length;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
async function failure(of: Promise<unknown>): Promise<unknown> {
  return of.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a token', () => {
  test('is asked for once for calls at once, and kept', async () => {
    const client = connect();
    await Promise.all([1, 2, 3].map(() => client.webhooks.list()));
    await client.webhooks.list();
    expect(calls('/oauth/token')).toBe(1);
  });

  test('that is refused is renewed, once', async () => {
    const client = connect();
    await client.webhooks.list();
    faults = [{ path: '/v1', status: 401 }];
    await client.webhooks.list();
    expect(calls('/oauth/token')).toBe(2);
    faults = [{ path: '/v1', status: 401, times: 10 }];
    expect(await failure(client.webhooks.list())).toMatchObject({ name: 'ProblemError', status: 401 });
    expect(calls('/oauth/token')).toBe(3);
  });

  test('with other credentials is refused in words', async () => {
    const client = connect({ authentication: { clientId: BOX_NUMBER, clientSecret: 'other' } });
    const error = await failure(client.webhooks.list());
    expect(error).toBeInstanceOf(AuthenticationFailed);
    expect((error as Error).message).toContain('secret');
    expect(calls('/oauth/token')).toBe(1);
  });
});

describe('a call', () => {
  test.each([
    ['lost before it arrived', { lost: 'before' }],
    ['whose answer was lost', { lost: 'after' }],
    ['answered 503', { status: 503 }],
  ] as const)('%s declares once', async (_what, fault) => {
    faults = [{ path: '/v1/declarations', times: 2, ...fault }];
    const body = submission();
    const { declarationId } = await connect().declarations.create(body);
    expect(calls('/v1/declarations')).toBe(3);
    const found = await all(connect().declarations.list({ houseWaybill: body.houseWaybill }));
    expect(found.map((one) => one.declarationId)).toEqual([declarationId]);
  });

  test('waits as long as Retry-After says', async () => {
    faults = [{ path: '/v1', status: 429, headers: { 'retry-after': '1' } }];
    const began = performance.now();
    await connect().webhooks.list();
    expect(performance.now() - began).toBeGreaterThan(990);
  });

  test('is not ended for its credentials where the token endpoint is busy or away, and ends with its client', async () => {
    faults = [{ path: '/oauth/token', status: 429, headers: { 'retry-after': '3600' } }];
    expect(await failure(connect().webhooks.list())).toMatchObject({
      name: 'ProblemError',
      retryAfter: 3_600,
    });
    faults = [{ path: '/oauth/token', status: 429, times: 9, headers: { 'retry-after': '60' } }];
    const ending = new AbortController();
    const waiting = failure(connect({ signal: ending.signal }).webhooks.list());
    setTimeout(() => ending.abort(), 200);
    expect(await waiting).toMatchObject({ name: 'AbortError' });
  });

  test('that has to wait for long is told so at once', async () => {
    faults = [{ path: '/v1', status: 429, headers: { 'retry-after': '3600' } }];
    expect(await failure(connect().webhooks.list())).toMatchObject({ status: 429, retryAfter: 3_600 });
  });

  test('without a key is not sent again after it may have acted, but is after 429', async () => {
    const endpoint = { url: 'http://127.0.0.1:9999/hook', events: ['*' as const] };
    faults = [{ path: '/v1/webhook-endpoints', lost: 'after' }];
    expect(await failure(connect().webhooks.create(endpoint))).toBeInstanceOf(NoAnswer);
    faults = [{ path: '/v1/webhook-endpoints', status: 429 }];
    const { id, secret } = await connect().webhooks.create(endpoint);
    expect(secret).toMatch(/^whsec_/);
    expect(await connect().webhooks.list()).toHaveLength(2);
    for (const one of await connect().webhooks.list()) await connect().webhooks.remove(one.id);
    expect(await failure(connect().webhooks.get(id))).toMatchObject({ code: 'not-found' });
  });

  test('gives up in the end, with what stood in the way', async () => {
    faults = [{ path: '/v1', status: 503, times: 100 }];
    expect(await failure(connect({ retries: 1 }).webhooks.list())).toMatchObject({ status: 503 });
    faults = [{ path: '/v1', lost: 'before', times: 100 }];
    expect(await failure(connect({ retries: 1 }).webhooks.list())).toMatchObject({
      name: 'NoAnswer',
      message: expect.stringContaining('ECONNRESET'),
    });
  });

  test('that is not answered in time is given up', async () => {
    const never: TransportOptions['fetch'] = (_url, { signal }) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const error = await failure(connect({ fetch: never, timeoutMs: 50, retries: 0 }).declarations.get('x'));
    expect((error as Error).message).toContain('within 50 ms');
  });

  test('that is refused tells the code, the member and the request', async () => {
    const error = await failure(connect().declarations.create({ ...submission(), packages: 0 }));
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({
      code: 'validation-failed',
      status: 422,
      errors: [{ pointer: '/packages' }],
    });
    expect((error as ProblemError).requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(calls('/v1/declarations')).toBe(1);
  });
});

test('lists are read page by page', async () => {
  const clientSecretOfOther = (await rotateKey(world.pool, OTHER_BOX_NUMBER)) ?? '';
  const client = connect({
    authentication: { clientId: OTHER_BOX_NUMBER, clientSecret: clientSecretOfOther },
  });
  const file = join(directory, 'many.ndjson');
  writeFileSync(file, '{}\n'.repeat(450));
  const manifestId = await client.manifests.upload(file);
  expect(await all(client.manifests.lines(manifestId))).toHaveLength(450);
  expect(calls('/lines')).toBe(3);
});

test('an amendment is made on a version, and refused on another', async () => {
  const client = connect();
  const body = submission();
  const { declarationId, version } = await client.declarations.create(body);
  const error = await failure(client.declarations.amend(declarationId, version + 1, body));
  expect(error).toMatchObject({ code: 'version-conflict', status: 412 });
});

describe('an upload', () => {
  test('tells how far it is, begins again after a broken connection, and makes one manifest of one file', async () => {
    const file = join(directory, 'flight.ndjson');
    const bytes = ndjson([submission(), '{"cut', submission()]);
    writeFileSync(file, bytes);
    const progress: [number, number][] = [];
    faults = [{ path: '/v1/manifests', lost: 'after' }];
    const manifestId = await connect().manifests.upload(file, {
      onProgress: (...at) => progress.push(at),
    });
    const size = Buffer.byteLength(bytes);
    expect(progress).toEqual([
      [0, size],
      [size, size],
      [0, size],
      [size, size],
    ]);
    expect(await connect().manifests.upload(file)).toBe(manifestId);
    expect(await all(connect().manifests.lines(manifestId, 'rejected'))).toMatchObject([{ line: 2 }]);
  });

  test('of CSV is read with its columns', async () => {
    const file = join(directory, 'flight.csv');
    const { masterWaybill, houseWaybill } = submission();
    writeFileSync(file, `MAWB,houseWaybill\n${masterWaybill},${houseWaybill}\n`);
    const manifestId = await connect().manifests.upload(file, { columns: { masterWaybill: 'MAWB' } });
    const [line] = await all(connect().manifests.lines(manifestId, 'rejected'));
    expect(line?.problem?.errors?.map(({ pointer }) => pointer)).not.toContain('/masterWaybill');
    expect(await connect().manifests.upload(file)).not.toBe(manifestId);
  });
});

describe('a webhook', () => {
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
  const body = JSON.stringify({
    type: 'declaration.confirmed',
    timestamp: 't',
    data: { declarationId: 'd' },
  });
  const headersAt = (at: Date) => ({
    'Webhook-Id': 'message-1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('message-1', at, body),
  });

  test('of Consentry is read, with the id that tells whether it came before', () => {
    const event = verifyWebhook(secret, body, headersAt(new Date()));
    expect(event).toMatchObject({
      id: 'message-1',
      type: 'declaration.confirmed',
      data: { declarationId: 'd' },
    });
  });

  test('that is forged, altered or old is not', () => {
    const headers = headersAt(new Date());
    const old = headersAt(new Date(Date.now() - 600_000));
    expect(() => verifyWebhook(`whsec_${Buffer.alloc(24).toString('base64')}`, body, headers)).toThrow();
    expect(() => verifyWebhook(secret, body.replace('confirmed', 'declined'), headers)).toThrow();
    expect(() => verifyWebhook(secret, body, old)).toThrow();
    expect(() => verifyWebhook(secret, body, {})).toThrow();
  });
});

test('the examples of its README run as they stand', async () => {
  const readme = readFileSync('clients/typescript/README.md', 'utf8');
  const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
  expect(examples).toHaveLength(2);
  const manifest = join(directory, 'example.ndjson');
  writeFileSync(manifest, ndjson([submission(), '{"cut']));
  const client = pathToFileURL(resolve('clients/typescript/index.ts')).href;
  const outputs = await Promise.all(
    examples.map((code, i) => {
      const file = join(directory, `example-${i}.mts`);
      writeFileSync(file, code.replace('@consentry/client', client));
      return run(file, {
        CONSENTRY_URL: world.url,
        CONSENTRY_CLIENT_ID: BOX_NUMBER,
        CONSENTRY_CLIENT_SECRET: clientSecret,
        MANIFEST: manifest,
      });
    }),
  );
  expect(outputs[0]).toMatch(/received\nvalidation-failed \/packages\n(.*\n)*HAWB0001 received\n/);
  expect(outputs[1]).toMatch(/bytes\n2 The line is not valid JSON\.\n$/);
});

function run(file: string, env: Record<string, string>): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, ['--import', 'tsx', file], { env: { ...process.env, ...env } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        output += data;
      });
    }
    child.on('close', (code) => (code === 0 ? done(output) : failed(new Error(output))));
  });
}

test('a revoked broker is told so', async () => {
  const client = connect({ retries: 0 });
  await client.webhooks.list();
  await revokeBroker(world.pool, BOX_NUMBER);
  faults = [{ path: '/v1', status: 401 }];
  expect(await failure(client.webhooks.list())).toBeInstanceOf(AuthenticationFailed);
});
