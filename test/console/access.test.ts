/** Who gets into a broker's console, and for how long. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCookies } from '../../api/cookies.ts';
import { inviteUser } from '../../db/console/invitations.ts';
import { consoleUserHandle } from '../../domain/console.ts';
import { CONSOLE_IDLE_MS, CONSOLE_INVITATION_TTL_MS } from '../../domain/limits.ts';
import { Authenticator } from '../../sandbox/handset/authenticator.ts';
import { ConsoleClient, joined } from '../support/console-world.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';

let world: ImporterWorld;
let url: string;
beforeAll(async () => {
  world = await createImporterWorld();
  url = world.api.url;
});
afterAll(() => world?.close());

const invite = (role: 'admin' | 'member' = 'member') =>
  inviteUser(world.db, { brokerId: world.brokerId, by: null, name: '王小姐', role });
const join = (role: 'admin' | 'member' = 'admin') => joined({ url, db: world.db }, world.brokerId, role);
const sql = (text: string, values: unknown[] = []) => world.db.pool.query(text, values);

describe('an invitation', () => {
  test('tells who is invited where, and lets them in with a passkey of their own', async () => {
    const { token } = await invite();
    const client = new ConsoleClient(url);
    expect(await client.call('POST', '/invitation', { token })).toMatchObject({
      broker: { name: 'Broker' },
      name: '王小姐',
      role: 'member',
    });
    expect((await client.join(token)).status).toBe(204);
    expect(await client.call('GET', '/session')).toMatchObject({
      user: { name: '王小姐', role: 'member' },
      recent: true,
    });
  });

  test('is good for one use', async () => {
    const { token } = await invite();
    const late = new ConsoleClient(url);
    const options = await late.call('POST', '/invitation/options', { token });
    expect((await new ConsoleClient(url).join(token)).status).toBe(204);
    expect((await late.accept(token, options)).status).toBe(404);
    expect((await late.ask('POST', '/invitation', { body: { token } })).status).toBe(404);
  });

  test('by two at once lets one in', async () => {
    const { token, userId } = await invite();
    const clients = [new ConsoleClient(url), new ConsoleClient(url)];
    const options = await Promise.all(
      clients.map((client) => client.call('POST', '/invitation/options', { token })),
    );
    const answers = await Promise.all(clients.map((client, at) => client.accept(token, options[at])));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
    const { rows } = await sql('SELECT 1 FROM console_passkeys WHERE user_id = $1', [userId]);
    expect(rows).toHaveLength(1);
  });

  test('ends after 72 hours, and is then told like one that never was', async () => {
    const { token, userId, expiresAt } = await invite();
    expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(CONSOLE_INVITATION_TTL_MS - 60_000);
    await sql('UPDATE console_invitations SET expires_at = now() WHERE user_id = $1', [userId]);
    const ask = async (given: string) => {
      const { status, body } = await new ConsoleClient(url).ask('POST', '/invitation', {
        body: { token: given },
      });
      const { type, detail } = body as { type: string; detail: string };
      return { status, type, detail };
    };
    expect(await ask(token)).toEqual(await ask('never-was'));
    expect((await ask(token)).status).toBe(404);
  });

  test('is kept as a hash alone', async () => {
    const { token, userId } = await invite();
    const { rows } = await sql('SELECT * FROM console_invitations WHERE user_id = $1', [userId]);
    expect(JSON.stringify(rows[0])).not.toContain(token);
    expect(JSON.stringify(rows[0])).not.toContain(Buffer.from(token).toString('hex'));
  });

  test('of another user takes no passkey that was made for this one', async () => {
    const [first, second] = [await invite(), await invite()];
    const client = new ConsoleClient(url);
    const options = await client.call('POST', '/invitation/options', { token: first.token });
    const { status, body } = await client.accept(second.token, options);
    expect([status, body]).toMatchObject([403, { type: '/problems/assertion-rejected' }]);
  });

  test('takes no passkey without user verification, and none of another page', async () => {
    const { token } = await invite();
    const unverified = new ConsoleClient(url);
    unverified.authenticator.userVerified = false;
    expect((await unverified.join(token)).status).toBe(403);
    const phished = new ConsoleClient(url, new Authenticator('http://localhost:1'));
    expect((await phished.join(token)).status).toBe(403);
    expect((await new ConsoleClient(url).join(token)).status).toBe(204);
  });
});

describe('a login', () => {
  test('gives a new session, and the one that this browser had ends: none can be fixed beforehand', async () => {
    const { client } = await join();
    const before = client.cookie;
    expect((await client.login()).status).toBe(204);
    expect(client.cookie).not.toBe(before);
    const fixed = await fetch(`${url}/console/api/session`, { headers: { cookie: `console=${before}` } });
    expect(fixed.status).toBe(401);
    expect((await client.ask('GET', '/session')).status).toBe(200);
  });

  test('is one use of its challenge', async () => {
    const { client } = await join();
    const options = await client.call('POST', '/session/options', {});
    const body = client.authenticator.get(options);
    expect((await client.ask('POST', '/session', { body })).status).toBe(204);
    expect((await client.ask('POST', '/session', { body })).status).toBe(409);
  });

  test('needs user verification', async () => {
    const { client } = await join();
    client.authenticator.userVerified = false;
    expect((await client.login()).status).toBe(403);
  });

  test('is none at the importers, nor theirs one here: the handles are apart', async () => {
    const { client, userId } = await join();
    const handset = (await world.importer()).handset;
    const options = await handset.call<Parameters<typeof client.authenticator.get>[0]>(
      'POST',
      '/app/session/options',
      {},
    );
    const response = client.authenticator.get(options);
    expect(Buffer.from(response.response.userHandle ?? '', 'base64url').toString()).toBe(
      consoleUserHandle(userId),
    );
    expect((await handset.ask('POST', '/app/session', { body: response })).status).toBe(403);
    const here = await client.call('POST', '/session/options', {});
    const theirs = handset.authenticator.get(here);
    expect((await client.ask('POST', '/session', { body: theirs })).status).toBe(403);
  });

  test('by a challenge of the importers’ is none', async () => {
    const { client } = await join();
    const { handset } = await world.importer();
    const options = await handset.call<Parameters<typeof client.authenticator.get>[0]>(
      'POST',
      '/app/session/options',
      {},
    );
    const body = client.authenticator.get(options);
    expect((await client.ask('POST', '/session', { body })).status).toBe(403);
  });
});

describe('a session', () => {
  test('travels in a cookie that scripts and other sites never see', async () => {
    const { token } = await invite();
    const client = new ConsoleClient(url);
    const { headers } = await client.join(token);
    expect(headers.get('set-cookie')).toMatch(/^console=[\w-]{43}; .*HttpOnly; SameSite=Strict/);
    const set: string[] = [];
    const res = { cookie: (name: string, _: string, o: object) => set.push(name, JSON.stringify(o)) };
    createCookies('https://example.org').setConsole(res as never, 'secret');
    expect(set[0]).toBe('__Host-console');
    expect(set[1]).toContain('"secure":true');
  });

  test('ends when it was idle for half an hour; the page’s own looks do not keep it awake', async () => {
    const { client, userId } = await join();
    const idle = (ms: number) =>
      sql(`UPDATE console_sessions SET seen_at = now() - $2 * interval '1 millisecond' WHERE user_id = $1`, [
        userId,
        ms,
      ]);
    const seen = async () =>
      (await sql('SELECT seen_at FROM console_sessions WHERE user_id = $1', [userId])).rows[0]?.seen_at;
    await idle(CONSOLE_IDLE_MS - 60_000);
    const before = await seen();
    await client.ask('GET', '/session', { headers: { 'x-refresh': '1' } });
    expect(await seen()).toEqual(before);
    expect((await client.ask('GET', '/session')).status).toBe(200);
    expect(await seen()).not.toEqual(before);
    await idle(CONSOLE_IDLE_MS + 1_000);
    expect((await client.ask('GET', '/session')).status).toBe(401);
  });

  test('ends after half a day, however busy', async () => {
    const { client, userId } = await join();
    await sql('UPDATE console_sessions SET expires_at = now() WHERE user_id = $1', [userId]);
    expect((await client.ask('GET', '/declarations')).status).toBe(401);
  });

  test('ends by logging out, and with its passkey', async () => {
    const { client, userId } = await join();
    const cookie = client.cookie;
    expect((await client.ask('DELETE', '/session')).status).toBe(204);
    const after = await fetch(`${url}/console/api/session`, { headers: { cookie: `console=${cookie}` } });
    expect(after.status).toBe(401);
    await client.login();
    await sql('DELETE FROM console_passkeys WHERE user_id = $1', [userId]);
    expect((await client.ask('GET', '/session')).status).toBe(401);
  });

  test('of a revoked broker stops at its next call, and nobody of it logs in or joins', async () => {
    const { client } = await join();
    const { token } = await invite();
    const revoke = (at: string | null) =>
      sql('UPDATE brokers SET revoked_at = $2 WHERE broker_id = $1', [world.brokerId, at]);
    await revoke(new Date().toISOString());
    try {
      expect((await client.ask('GET', '/session')).status).toBe(401);
      expect((await client.login()).status).toBe(403);
      expect((await client.ask('POST', '/invitation', { body: { token } })).status).toBe(404);
    } finally {
      await revoke(null);
    }
  });
});

describe('a call that changes something', () => {
  let client: ConsoleClient;
  beforeEach(async () => {
    ({ client } = await join());
  });

  test.each([
    ['POST', '/session/options', {}],
    ['POST', '/invitation', { token: 'x' }],
    ['DELETE', '/session', undefined],
    ['POST', '/users', { name: 'x', role: 'member' }],
    ['PUT', '/declarations/0196a3c0-0000-7000-8000-000000000000', {}],
  ])('without our own Origin is refused: %s %s', async (method, path, body) => {
    for (const origin of [undefined, 'https://evil.example', 'null']) {
      const { status } = await fetch(`${url}/console/api${path}`, {
        method,
        headers: {
          cookie: `console=${client.cookie}`,
          'content-type': 'application/json',
          ...(origin && { origin }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      expect([origin, status]).toEqual([origin, 403]);
    }
  });

  test('without a session is refused, whatever it is', async () => {
    const stranger = new ConsoleClient(url);
    for (const path of ['/session', '/users', '/flights', '/acts', '/declarations', '/nowhere'])
      expect([path, (await stranger.ask('GET', path)).status]).toEqual([path, 401]);
  });

  test('with a token of the broker’s system is none of the console’s', async () => {
    const { status } = await fetch(`${url}/console/api/session`, { headers: { authorization: 'Bearer x' } });
    expect(status).toBe(401);
  });
});
