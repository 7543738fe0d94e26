/** A broker's administrators and its users. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Colleague, ConsoleClient, joined } from '../support/console-world.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';

let world: ImporterWorld;
let url: string;
let otherBrokerId: string;
let admin: Colleague;
beforeAll(async () => {
  world = await createImporterWorld();
  url = world.api.url;
});
afterAll(() => world?.close());

const sql = (text: string, values: unknown[] = []) => world.db.pool.query(text, values);
let brokers = 0;
async function newBroker(): Promise<string> {
  const { rows } = await sql(
    `INSERT INTO brokers (broker_id, client_id, name, box_number, secret_hash)
     VALUES (gen_random_uuid(), $1, 'Broker', $1, '') RETURNING broker_id`,
    [`N${++brokers}`],
  );
  return rows[0].broker_id;
}
const join = (brokerId: string, role: 'admin' | 'member' = 'admin') =>
  joined({ url, db: world.db }, brokerId, role);
const member = () => join(brokerId, 'member');
/** Of the administrator, unless another asks. */
const ask = (method: string, path: string, body?: unknown, { client }: Colleague = admin) =>
  client.ask(method, path, body === undefined ? {} : { body });
const tokenOf = (invitationUrl: string) => new URL(invitationUrl).hash.slice(1);

let brokerId: string;
beforeEach(async () => {
  brokerId = await newBroker();
  otherBrokerId = await newBroker();
  admin = await join(brokerId);
});

describe('an administrator', () => {
  test('invites by a link whose secret no server gets to see, and sees who joined', async () => {
    const { status, body } = await ask('POST', '/users', { name: '林小姐', role: 'member' });
    expect(status).toBe(201);
    const { invitationUrl, userId } = body as { invitationUrl: string; userId: string };
    expect(invitationUrl).toMatch(new RegExp(`^${url}/console/join#[\\w-]{43}$`));
    const state = async () => (await admin.client.call('GET', `/users/${userId}`)).state;
    expect(await state()).toBe('invited');
    expect((await new ConsoleClient(url).join(tokenOf(invitationUrl))).status).toBe(204);
    expect(await state()).toBe('active');
    const { items } = await admin.client.call('GET', '/users');
    expect(items).toMatchObject([
      { role: 'admin', state: 'active' },
      { name: '林小姐', role: 'member', state: 'active', passkeys: [{ synced: true }], sessions: [{}] },
    ]);
  });

  test('gives another link to whoever lost theirs: the earlier one ends', async () => {
    const first = (await ask('POST', '/users', { name: '林小姐', role: 'member' })).body as {
      invitationUrl: string;
      userId: string;
    };
    const again = (await ask('POST', `/users/${first.userId}/invitation`)).body as { invitationUrl: string };
    const client = new ConsoleClient(url);
    expect(
      (await client.ask('POST', '/invitation', { body: { token: tokenOf(first.invitationUrl) } })).status,
    ).toBe(404);
    expect((await client.join(tokenOf(again.invitationUrl))).status).toBe(204);
  });

  test('ends a user: session, passkey and invitation at once, and for good', async () => {
    const who = await member();
    const { invitationUrl } = (await ask('POST', `/users/${who.userId}/invitation`)).body as {
      invitationUrl: string;
    };
    expect((await ask('POST', `/users/${who.userId}/deactivation`)).status).toBe(204);
    expect((await who.client.ask('GET', '/session')).status).toBe(401);
    expect((await who.client.login()).status).toBe(403);
    const lost = await new ConsoleClient(url).ask('POST', '/invitation', {
      body: { token: tokenOf(invitationUrl) },
    });
    expect(lost.status).toBe(404);
    expect((await ask('POST', `/users/${who.userId}/deactivation`)).status).toBe(404);
    expect((await ask('POST', `/users/${who.userId}/invitation`)).status).toBe(404);
    expect((await admin.client.call('GET', `/users/${who.userId}`)).state).toBe('deactivated');
  });

  test('revokes a passkey and ends a session of a colleague', async () => {
    const who = await member();
    const before = await admin.client.call('GET', `/users/${who.userId}`);
    const path = `/users/${who.userId}`;
    expect((await ask('DELETE', `${path}/sessions/${before.sessions[0].sessionId}`)).status).toBe(204);
    expect((await who.client.ask('GET', '/session')).status).toBe(401);
    expect((await who.client.login()).status).toBe(204);
    expect((await ask('DELETE', `${path}/passkeys/${before.passkeys[0].credentialId}`)).status).toBe(204);
    expect((await who.client.ask('GET', '/session')).status).toBe(401);
    expect((await who.client.login()).status).toBe(403);
  });

  test('gives and takes access right after a login only', async () => {
    const who = await member();
    await sql(`UPDATE console_sessions SET login_at = now() - interval '6 minutes' WHERE user_id = $1`, [
      admin.userId,
    ]);
    const calls: [string, string, unknown?][] = [
      ['POST', '/users', { name: 'x', role: 'admin' }],
      ['POST', `/users/${who.userId}/invitation`],
      ['POST', `/users/${who.userId}/deactivation`],
      ['DELETE', `/users/${who.userId}/passkeys/AAAA`],
      ['POST', '/passkeys/options', {}],
    ];
    for (const [method, path, body] of calls)
      expect([path, (await ask(method, path, body)).status]).toEqual([path, 403]);
    expect((await admin.client.login()).status).toBe(204);
    expect((await ask('POST', `/users/${who.userId}/invitation`)).status).toBe(201);
  });
});

describe('the last administrator', () => {
  test('stays: neither deactivated nor without a passkey, until another has joined', async () => {
    const self = `/users/${admin.userId}`;
    const own = await admin.client.call('GET', self);
    const passkey = `${self}/passkeys/${own.passkeys[0].credentialId}`;
    for (const [method, path] of [
      ['POST', `${self}/deactivation`],
      ['DELETE', passkey],
    ] as const) {
      const { status, body } = await ask(method, path);
      expect([status, body]).toMatchObject([409, { type: '/problems/last-administrator' }]);
    }
    // Somebody who was invited and has not joined administers nothing.
    await ask('POST', '/users', { name: 'x', role: 'admin' });
    expect((await ask('POST', `${self}/deactivation`)).status).toBe(409);
    expect((await admin.client.ask('GET', '/session')).status).toBe(200);
    await join(brokerId);
    expect((await ask('POST', `${self}/deactivation`)).status).toBe(204);
  });

  test('is left when two end each other in the same instant', async () => {
    const other = await join(brokerId);
    const answers = await Promise.all([
      ask('POST', `/users/${other.userId}/deactivation`),
      ask('POST', `/users/${admin.userId}/deactivation`, undefined, other),
    ]);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    const { rows } = await sql('SELECT 1 FROM broker_users WHERE broker_id = $1 AND deactivated_at IS NULL', [
      brokerId,
    ]);
    expect(rows).toHaveLength(1);
  });
});

describe('links', () => {
  const invited = async (by: Colleague) => {
    const { status, body } = await ask('POST', '/users', { name: '林小姐', role: 'admin' }, by);
    return {
      status,
      token: status === 201 ? tokenOf((body as { invitationUrl: string }).invitationUrl) : null,
    };
  };
  const works = async (token: string | null) =>
    token !== null && (await new ConsoleClient(url).join(token)).status === 204;

  const again = async (userId: string, by: Colleague) =>
    tokenOf(
      ((await ask('POST', `/users/${userId}/invitation`, undefined, by)).body as { invitationUrl: string })
        .invitationUrl,
    );
  const passkeyOf = async (who: Colleague) =>
    `/users/${who.userId}/passkeys/${(await who.client.call('GET', `/users/${who.userId}`)).passkeys[0].credentialId}`;

  const openLinksBy = async ({ userId }: Colleague) =>
    (
      await sql(
        `SELECT 1 FROM console_invitations JOIN console_acts a ON a.about_user_id = console_invitations.user_id
         WHERE a.user_id = $1 AND used_at IS NULL`,
        [userId],
      )
    ).rowCount;

  test('of and for whoever lost a passkey end when it is revoked; links of others stay', async () => {
    const other = await join(brokerId);
    const [theirs, ours] = [await invited(other), await invited(admin)];
    const handed = await again((await member()).userId, other);
    // Nobody knows who read what was sent to the passkey's person.
    const sent = await again(other.userId, admin);
    expect((await ask('DELETE', await passkeyOf(other))).status).toBe(204);
    for (const token of [theirs.token, handed, sent]) {
      const { status } = await new ConsoleClient(url).ask('POST', '/invitation', { body: { token } });
      expect(status).toBe(404);
    }
    expect(await works(ours.token)).toBe(true);
    expect(await works(await again(other.userId, admin))).toBe(true);
  });

  test('given in the same instant as the passkey is revoked do not work afterwards', async () => {
    for (let round = 0; round < 5; round++) {
      const other = await join(brokerId);
      const passkey = await passkeyOf(other);
      const [given] = await Promise.all([invited(other), ask('DELETE', passkey)]);
      expect([201, 401]).toContain(given.status);
      expect(await openLinksBy(other)).toBe(0);
    }
  });

  test('of whoever was deactivated end with them; links of others stay', async () => {
    const other = await join(brokerId);
    const [theirs, ours] = [await invited(other), await invited(admin)];
    const { userId } = (await ask('POST', '/users', { name: '陳', role: 'member' })).body as {
      userId: string;
    };
    const handed = await again(userId, other);
    expect((await ask('POST', `/users/${other.userId}/deactivation`)).status).toBe(204);
    expect(
      await new ConsoleClient(url).ask('POST', '/invitation/options', { body: { token: theirs.token } }),
    ).toMatchObject({ status: 404 });
    expect(
      await new ConsoleClient(url).ask('POST', '/invitation/options', { body: { token: handed } }),
    ).toMatchObject({ status: 404 });
    expect(await works(ours.token)).toBe(true);
  });

  test('given in the same instant as their giver is deactivated do not work afterwards', async () => {
    for (let round = 0; round < 5; round++) {
      const other = await join(brokerId);
      const [given] = await Promise.all([invited(other), ask('POST', `/users/${other.userId}/deactivation`)]);
      expect([201, 401]).toContain(given.status);
      expect(await openLinksBy(other)).toBe(0);
    }
  });
});

describe('a member', () => {
  test('invites, lists and ends nobody', async () => {
    const who = await member();
    const calls: [string, string, unknown?][] = [
      ['GET', '/users'],
      ['GET', `/users/${admin.userId}`],
      ['POST', '/users', { name: 'x', role: 'member' }],
      ['POST', `/users/${who.userId}/invitation`],
      ['POST', `/users/${admin.userId}/deactivation`],
      ['DELETE', `/users/${admin.userId}/passkeys/AAAA`],
      ['DELETE', `/users/${admin.userId}/sessions/${admin.userId}`],
    ];
    for (const [method, path, body] of calls)
      expect([path, (await ask(method, path, body, who)).status]).toEqual([path, 403]);
  });

  test('sees and ends their own devices, and adds one', async () => {
    const who = await member();
    const device = new ConsoleClient(url);
    const options = await who.client.call('POST', '/passkeys/options', {});
    const body = device.authenticator.create({ ...options, excludeCredentials: [] });
    expect((await ask('POST', '/passkeys', body, who)).status).toBe(204);
    expect((await device.login()).status).toBe(204);
    const own = await who.client.call('GET', `/users/${who.userId}`);
    expect(own.passkeys).toHaveLength(2);
    expect(own.sessions).toHaveLength(2);
    const path = `/users/${who.userId}/passkeys/${own.passkeys[1].credentialId}`;
    expect((await ask('DELETE', path, undefined, who)).status).toBe(204);
    expect((await device.ask('GET', '/session')).status).toBe(401);
  });
});

describe("another broker's users", () => {
  test('are not there, whatever is tried', async () => {
    const stranger = await join(otherBrokerId);
    const theirs = await stranger.client.call('GET', `/users/${stranger.userId}`);
    const path = `/users/${stranger.userId}`;
    const calls: [string, string][] = [
      ['GET', path],
      ['POST', `${path}/invitation`],
      ['POST', `${path}/deactivation`],
      ['DELETE', `${path}/passkeys/${theirs.passkeys[0].credentialId}`],
      ['DELETE', `${path}/sessions/${theirs.sessions[0].sessionId}`],
      // By way of one's own id, too.
      ['DELETE', `/users/${admin.userId}/passkeys/${theirs.passkeys[0].credentialId}`],
      ['DELETE', `/users/${admin.userId}/sessions/${theirs.sessions[0].sessionId}`],
    ];
    for (const [method, at] of calls) expect([at, (await ask(method, at)).status]).toEqual([at, 404]);
    expect(await stranger.client.call('GET', path)).toEqual(theirs);
    expect((await admin.client.call('GET', '/users')).items).toHaveLength(1);
  });
});

describe('the record', () => {
  test('tells who did what, of one broker alone, and cannot be rewritten', async () => {
    await join(otherBrokerId);
    const who = await member();
    await ask('POST', `/users/${who.userId}/deactivation`);
    const { items, nextCursor } = await who.client
      .ask('GET', '/acts')
      .then(() => admin.client.call('GET', '/acts'));
    expect(nextCursor).toBeNull();
    expect(items.map(({ kind }: { kind: string }) => kind)).toEqual([
      'deactivated',
      'joined',
      'invited',
      'joined',
      'invited',
    ]);
    expect(items[0]).toMatchObject({ by: { userId: admin.userId }, about: { userId: who.userId } });
    expect(items.at(-1)).not.toHaveProperty('by');
    await expect(sql('UPDATE console_acts SET user_id = NULL')).rejects.toThrow('append-only');
    await expect(sql('DELETE FROM console_acts')).rejects.toThrow('append-only');
  });
});

describe('a name', () => {
  test('lies sealed: the tables alone do not tell it', async () => {
    await ask('POST', '/users', { name: 'Marked-Name', role: 'member' });
    const { rows } = await sql('SELECT * FROM broker_users');
    expect(JSON.stringify(rows)).not.toContain(Buffer.from('Marked-Name').toString('hex'));
    expect(rows.some(({ sealed }) => sealed.includes('Marked-Name'))).toBe(false);
  });

  test.each(['', '\u200b', 'a\u202eb', 'x'.repeat(61)])(
    'must be one that people can read: %j',
    async (name) => {
      expect((await ask('POST', '/users', { name, role: 'member' })).status).toBe(422);
    },
  );
});
