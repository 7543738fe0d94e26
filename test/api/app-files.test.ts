/** The importers' app as the API serves it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appFiles } from '../../api/app-files.ts';
import { PATHS as CONSOLE_PATHS } from '../../app/console/paths.ts';
import { PATHS } from '../../app/src/paths.ts';
import { APP_DIRECTORY } from '../../scripts/app/build.ts';
import { type ApiWorld, apiDeps, createApiWorld, listen, recordProcesses } from '../support/api-world.ts';

let world: ApiWorld;
let api: Awaited<ReturnType<typeof listen>>;
/** Addresses of one script and one style of the shell. */
let script = '';

beforeAll(async () => {
  world = await createApiWorld();
  const deps = await apiDeps(world.db, recordProcesses().processes);
  api = await listen({ ...deps, appDirectory: APP_DIRECTORY });
  script = /src="(\/assets\/[^"]+\.js)"/.exec(await (await fetch(api.url)).text())?.[1] ?? '';
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});

const ask = (path: string, init?: RequestInit) => fetch(api.url + path, init);
const ID = '0196a3c0-0000-7000-8000-000000000000';

/** Bytes as they travel: fetch would unpack them. */
const bytesOf = (path: string, encoding: string) =>
  new Promise<{ encoding: string | undefined; bytes: Buffer }>((resolve, reject) => {
    get(api.url + path, { headers: { 'accept-encoding': encoding } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () =>
        resolve({ encoding: answer.headers['content-encoding'], bytes: Buffer.concat(parts) }),
      );
    }).on('error', reject);
  });

describe('the shell', () => {
  test.each(Object.values(PATHS).map((path) => path.replace(':id', ID).replace(/:\w+/, 'part')))(
    'is at the address of a screen: %s',
    async (path) => {
      const answer = await ask(path);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      expect(await answer.text()).toContain('<div id="app">');
    },
  );

  test.each(Object.values(CONSOLE_PATHS).map((path) => path.replace(':id', ID)))(
    "of a broker's console is at the address of its screen: %s",
    async (path) => {
      const answer = await ask(path);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-cache']);
      const page = await answer.text();
      expect(page).toContain('src="/console/assets/');
      expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/i);
      expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
    },
  );

  test.each([
    '/nowhere',
    '/console/nowhere',
    '/console/index.html',
    '/index.html',
    '/inboxes',
    '/assets/none.js',
    '/app/none',
    '/build-id',
  ])('is not elsewhere: %s is a problem 404', async (path) => {
    const answer = await ask(path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
  });

  test.each([
    ['/inbox', '</app/inbox>', '</app/identity>'],
    [`/d/${ID}`, `</app/declarations/${ID}>`],
    ['/'],
    ['/d/none'],
  ])('of %s names what it will ask for first', async (path, ...calls) => {
    const link = (await ask(path)).headers.get('link');
    const named = calls.map((call) => `${call}; rel=preload; as=fetch; crossorigin=anonymous`);
    expect(link).toBe(named.length > 0 ? named.join(', ') : null);
  });

  test('is let do nothing but with files and calls of its own origin, and holds no script or style inline', async () => {
    const answer = await ask('/');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy.split(';')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "manifest-src 'self'",
      "worker-src 'self'",
      "font-src 'self'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "object-src 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types service-worker',
    ]);
    const page = await answer.text();
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/i);
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  test('keeps passkeys to itself, and every sensor off', async () => {
    const { headers } = await ask('/');
    expect(headers.get('permissions-policy')).toContain('publickey-credentials-get=(self)');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('files of the app', () => {
  test('named after their content are kept for good; the others are asked for each time', async () => {
    expect((await ask(script)).headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    for (const path of ['/sw.js', '/manifest.webmanifest', '/icon.svg', '/icon-192.png'])
      expect([path, (await ask(path)).headers.get('cache-control')]).toEqual([path, 'no-cache']);
  });

  test('have the type that browsers insist on', async () => {
    const typeOf = async (path: string) => (await ask(path)).headers.get('content-type');
    expect(await typeOf('/sw.js')).toBe('text/javascript; charset=utf-8');
    expect(await typeOf('/manifest.webmanifest')).toBe('application/manifest+json; charset=utf-8');
    expect(await typeOf('/icon-192.png')).toBe('image/png');
  });

  test('travel in the smallest form that the browser takes, and are the same in each', async () => {
    const plain = await bytesOf(script, 'identity');
    const br = await bytesOf(script, 'gzip, deflate, br, zstd');
    const gzip = await bytesOf(script, 'gzip');
    expect([plain.encoding, br.encoding, gzip.encoding]).toEqual([undefined, 'br', 'gzip']);
    expect(brotliDecompressSync(br.bytes)).toEqual(plain.bytes);
    expect(gunzipSync(gzip.bytes)).toEqual(plain.bytes);
    expect(br.bytes.length).toBeLessThan(plain.bytes.length / 2);
  });

  test('are not sent again to who has them; one encoding is not another', async () => {
    const first = await ask('/', { headers: { 'accept-encoding': 'br' } });
    expect(first.headers.get('vary')).toContain('accept-encoding');
    const etag = first.headers.get('etag') ?? '';
    const again = await ask('/', { headers: { 'accept-encoding': 'br', 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const other = await ask('/', { headers: { 'accept-encoding': 'identity', 'if-none-match': etag } });
    expect(other.status).toBe(200);
  });

  test.each(['/', '/inbox', '/sw.js'])('can be read only: %s', async (path) => {
    const answer = await ask(path, { method: 'POST' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const head = await ask(path, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });
});

describe('the API beside the app', () => {
  test('is never kept, and keeps its own headers', async () => {
    const { headers } = await ask('/app/push-key', { headers: { 'if-none-match': '*' } });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('permissions-policy')).toBe(null);
  });

  test('without an app answers as ever', async () => {
    expect((await world.request('GET', '/')).status).toBe(404);
  });
});

test('a directory without an app is told at the start, not to the first person who comes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'consentry-app-'));
  for (const folder of ['assets', 'console/assets']) mkdirSync(join(directory, folder), { recursive: true });
  expect(() => appFiles(directory)).toThrow('npm run build:app');
  writeFileSync(join(directory, 'index.html'), '');
  expect(() => appFiles(directory)).toThrow('npm run build:app');
  writeFileSync(join(directory, 'console', 'index.html'), '');
  expect(() => appFiles(directory)).not.toThrow();
  rmSync(directory, { recursive: true });
});
