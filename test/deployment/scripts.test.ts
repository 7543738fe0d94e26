import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';
import { spawnStandIn } from '../support/stand-in.ts';
import { parseEnv, path } from './compose.ts';

const run = promisify(execFile);
let directory: string;
let database: TestDatabase;

/** Runs a script as its container does; the environment is what is given alone. */
async function script(file: string, args: string[] = [], env: Record<string, string> = {}) {
  const command = ['--import', 'tsx', path(file), ...args];
  return run(process.execPath, command, { cwd: path('.'), env: { PATH: process.env.PATH, ...env } }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: { code: number; stderr: string }) => ({ code: error.code, output: error.stderr }),
  );
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'consentry-deployment-'));
  database = await cloneDatabase();
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await database.drop();
});

describe('npm run secrets', () => {
  it('writes a file for its owner alone, and never over another', async () => {
    const file = join(directory, 'env');
    expect((await script('scripts/secrets.ts', ['--file', file])).code).toBe(0);
    const written = readFileSync(file, 'utf8');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Buffer.from(parseEnv(written).MASTER_KEY ?? '', 'base64')).toHaveLength(32);
    const again = await script('scripts/secrets.ts', ['--file', file]);
    expect(again).toMatchObject({ code: 1, output: expect.stringContaining('there already') });
    expect(readFileSync(file, 'utf8')).toBe(written);
  });
});

describe('npm run migrate', () => {
  it('brings both databases up to date, and does so again', async () => {
    const env = { DATABASE_URL: database.databaseUrl, KEYS_DATABASE_URL: database.keysUrl };
    for (const url of Object.values(env)) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('DROP SCHEMA public CASCADE');
      await client.query('CREATE SCHEMA public');
      await client.end();
    }
    for (const _ of [1, 2]) {
      const { code, output } = await script('scripts/migrate.ts', [], env);
      expect([code, output]).toEqual([0, 'DATABASE_URL: up to date\nKEYS_DATABASE_URL: up to date\n']);
    }
    const client = new pg.Client({ connectionString: env.KEYS_DATABASE_URL });
    await client.connect();
    const { rowCount } = await client.query("SELECT FROM pg_tables WHERE tablename = 'data_keys'");
    await client.end();
    expect(rowCount).toBe(1);
  });

  it('names the variable that is missing', async () => {
    const { code, output } = await script('scripts/migrate.ts', [], { DATABASE_URL: database.databaseUrl });
    expect(code).toBe(1);
    expect(output).toContain('KEYS_DATABASE_URL must be set.');
  });
});

describe('npm run bundle', () => {
  it('writes the workflows as one script', async () => {
    const file = join(directory, 'bundle.js');
    expect((await script('scripts/bundle.ts', [file])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('__TEMPORAL__');
  }, 60_000);
});

describe("a stand-in's LISTEN", () => {
  // macOS has no other loopback address than 127.0.0.1.
  it.skipIf(process.platform !== 'linux')('is where it can be reached, and nowhere else', async () => {
    const push = await spawnStandIn('push', { SMS_TOKEN: 'sms-token-of-a-test', LISTEN: '127.0.0.2' });
    const port = new URL(push.url).port;
    const look = (host: string) => fetch(`http://${host}:${port}/_control/requests?path=/none`);
    expect((await look('127.0.0.2')).status).toBe(200);
    await expect(look('127.0.0.1')).rejects.toThrow();
    await push.end('SIGTERM');
  });
});

describe('the health check', () => {
  it('is good for 2xx, bad for anything else and for no answer', async () => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/healthz' ? 200 : 503).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const check = async (url: string) => (await script('scripts/healthy.mjs', [url])).code;
    expect(await check(`http://127.0.0.1:${port}/healthz`)).toBe(0);
    expect(await check(`http://127.0.0.1:${port}/other`)).toBe(1);
    await new Promise((resolve) => server.close(resolve));
    expect(await check(`http://127.0.0.1:${port}/healthz`)).toBe(1);
  });
});
