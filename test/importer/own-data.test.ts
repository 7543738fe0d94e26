import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPushEndpoint } from '../../api/importer/push.ts';
import type { Database } from '../../db/database.ts';
import { unseal } from '../../db/seal.ts';
import { noticeDigest } from '../../domain/challenge.ts';
import { currentNotice } from '../../domain/notice.ts';
import { createHandset } from '../../sandbox/handset/handset.ts';
import {
  createImporterWorld,
  type ImporterWorld,
  importer,
  type RunningApi,
} from '../support/importer-world.ts';

let world: ImporterWorld;
let db: Database;
let api: RunningApi;
let shown: ImporterWorld['shown'];
beforeAll(async () => {
  world = await createImporterWorld();
  ({ db, api, shown } = world);
});
afterAll(() => world?.close());

describe('the notice', () => {
  test.each(['zh-TW', 'en'] as const)('is shown in %s with its digest', async (locale) => {
    const handset = createHandset({ apiUrl: api.url, phone: '' });
    const notice = currentNotice(locale);
    const { version, text } = notice;
    expect(await handset.call('GET', `/app/notices?locale=${locale}`)).toEqual({
      version,
      text,
      digest: noticeDigest(notice),
    });
  });

  test('exists in no other language', async () => {
    const handset = createHandset({ apiUrl: api.url, phone: '' });
    await expect(handset.call('GET', '/app/notices?locale=fr')).rejects.toMatchObject({ status: 400 });
  });
});

describe('the inbox', () => {
  test('holds what waits for the person, the most urgent first, and nothing of others', async () => {
    const person = await importer(api, db);
    const [later, sooner] = [await shown(person), await shown(person)];
    await shown(await importer(api, db));
    const past = await shown(person);
    const move = (id: string, by: string) =>
      db.pool.query(
        `UPDATE declaration_versions SET respond_by = now() + $2::interval WHERE declaration_id = $1`,
        [id, by],
      );
    await move(sooner.declarationId, '1 hour');
    await move(past.declarationId, '-1 second');
    const ids = (await person.handset.inbox()).map(({ declarationId }) => declarationId);
    expect(ids).toEqual([sooner.declarationId, later.declarationId]);
  });

  test('shows canonical values, freight in the totals', async () => {
    const person = await importer(api, db);
    const line = { quantity: '2.500', unit: 'PCE', price: '10.5', currency: 'USD' };
    await shown(person, {
      goods: [
        { sequence: 1, description: 'shoes', ...line },
        { sequence: 2, description: 'tea', ...line, price: '300', currency: 'TWD' },
      ],
      freight: { amount: '12', currency: 'USD' },
      grossMassKg: '1.850',
      grossVolumeM3: '0.0100',
    });
    const [item] = await person.handset.inbox();
    expect(item).toMatchObject({
      goods: [
        { quantity: '2.5', price: '10.50' },
        { price: expect.stringMatching(/^300(\.00)?$/), currency: 'TWD' },
      ],
      freight: { amount: '12.00', currency: 'USD' },
      totals: [{ amount: '22.50', currency: 'USD' }, { currency: 'TWD' }],
      grossMassKg: '1.85',
      grossVolumeM3: '0.01',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(item).not.toHaveProperty('importer');
  });

  test('leaves out what was shredded', async () => {
    const person = await importer(api, db);
    const { declarationId } = await shown(person);
    await db.keys.destroy(declarationId);
    expect(await person.handset.inbox()).toEqual([]);
    await expect(person.handset.declaration(declarationId)).rejects.toMatchObject({ status: 404 });
  });

  test('needs a login', async () => {
    const nobody = createHandset({ apiUrl: api.url, phone: '' });
    for (const path of ['/app/inbox', '/app/history', '/app/identity', `/app/declarations/${uuidv7()}`]) {
      await expect(nobody.call('GET', path)).rejects.toMatchObject({ status: 401, code: 'unauthenticated' });
    }
  });
});

describe('the history', () => {
  test('holds what the person answered, by day in Taiwan and by waybill', async () => {
    const person = await importer(api, db);
    const [first, second] = [await shown(person), await shown(person)];
    await shown(person);
    await first.answer();
    await second.answer();
    const at = (id: string, moment: string) =>
      db.pool.query('UPDATE consents SET created_at = $2 WHERE declaration_id = $1', [id, moment]);
    await at(first.declarationId, '2026-11-20T15:59:59Z');
    await at(second.declarationId, '2026-11-20T16:00:00Z');
    const found = async (filter: Parameters<typeof person.handset.history>[0]) =>
      (await person.handset.history(filter)).map(({ declarationId }) => declarationId);
    expect(await found({})).toEqual([second.declarationId, first.declarationId]);
    expect(await found({ to: '2026-11-20' })).toEqual([first.declarationId]);
    expect(await found({ from: '2026-11-21', to: '2026-11-21' })).toEqual([second.declarationId]);
    expect(await found({ from: '2026-11-20T16:00:00Z' })).toEqual([second.declarationId]);
    expect(await found({ waybill: first.houseWaybill.toLowerCase() })).toEqual([first.declarationId]);
    expect(await found({ waybill: 'NOBODYS' })).toEqual([]);
    for (const filter of [{ from: 'yesterday' }, { waybill: '\0' }]) {
      await expect(person.handset.history(filter)).rejects.toMatchObject({
        status: 400,
        code: 'malformed-request',
      });
    }
  });
});

describe('the identity', () => {
  test('is shown to its person, and frozen and unfrozen by them', async () => {
    const { handset, phone } = await importer(api, db);
    expect(await handset.identity()).toMatchObject({ idNumber: 'A123456789', name: '王小明', phone });
    await handset.freeze();
    const { frozenAt } = await handset.identity();
    await handset.freeze();
    expect(await handset.identity()).toMatchObject({ frozenAt });
    await handset.unfreeze();
    expect(await handset.identity()).not.toHaveProperty('frozenAt');
  });
});

describe('a push subscription', () => {
  const subscription = (endpoint = `https://push.example/${uuidv7()}`) => ({
    endpoint,
    expirationTime: null,
    keys: {
      p256dh: Buffer.concat([Buffer.of(4), randomBytes(64)]).toString('base64url'),
      auth: randomBytes(16).toString('base64url'),
    },
  });
  const kept = async (subjectId: string) => {
    const { rows } = await db.pool.query<{ subscription_id: string; sealed: Buffer }>(
      'SELECT * FROM push_subscriptions WHERE subject_id = $1',
      [subjectId],
    );
    const key = await db.keys.get(subjectId);
    return rows.map(({ subscription_id, sealed }) =>
      unseal(key ?? Buffer.alloc(32), `push_subscriptions/${subscription_id}/sealed`, sealed),
    );
  };

  test('is kept without what else it holds, however deep', async () => {
    const { handset, subjectId } = await importer(api, db);
    const device = subscription();
    const deep = '['.repeat(30_000) + ']'.repeat(30_000);
    const response = await fetch(`${handset.api}/app/push-subscriptions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: handset.api,
        cookie: `session=${handset.browser.cookie(handset.api, 'session')}`,
      },
      body: JSON.stringify({ ...device, extra: 0 }).replace('"extra":0', `"extra":${deep}`),
    });
    expect(response.status).toBe(204);
    expect(await kept(subjectId)).toEqual([device]);
  });

  test('is kept sealed, once per device, until it is taken back', async () => {
    const { handset, subjectId } = await importer(api, db);
    expect(await handset.pushKey()).toBe('vapid-public-key');
    const device = subscription();
    await handset.subscribePush(device);
    await handset.subscribePush(device);
    expect(await kept(subjectId)).toEqual([device]);
    await handset.unsubscribePush(device);
    expect(await kept(subjectId)).toEqual([]);
  });

  test('moves with the device to whoever subscribes with it last', async () => {
    const [before, after] = [await importer(api, db), await importer(api, db)];
    const device = subscription();
    await before.handset.subscribePush(device);
    await after.handset.subscribePush(device);
    expect(await kept(before.subjectId)).toEqual([]);
    expect(await kept(after.subjectId)).toHaveLength(1);
  });

  test.each([
    ['the endpoint leads inside', { ...subscription('http://10.0.0.1/x') }],
    ['a key is none', { ...subscription(), keys: { p256dh: 'AAAA', auth: 'AAAA' } }],
  ])('is refused when %s', async (_, device) => {
    const { handset } = await importer(api, db);
    await expect(handset.subscribePush(device)).rejects.toMatchObject({ status: 422 });
  });

  test.each([
    ['https://fcm.googleapis.com/fcm/send/x', true, true],
    ['http://localhost:8090/x', true, false],
    ['http://127.0.0.1:8090/x', true, false],
    ['https://localhost/x', true, false],
    ['http://push.example/x', false, false],
    ['https://10.0.0.1/x', false, false],
    ['https://[fd00::1]/x', false, false],
    ['https://169.254.169.254/latest', false, false],
    ['https://user@push.example/x', false, false],
    ['ftp://push.example/x', false, false],
  ])('to %s: in the sandbox %s, else %s (35)', (endpoint, inSandbox, elsewhere) => {
    expect([isPushEndpoint(endpoint, true), isPushEndpoint(endpoint, false)]).toEqual([inSandbox, elsewhere]);
  });
});

describe('a message', () => {
  test('is told as shown by its person only, and keeps its first moment', async () => {
    const person = await importer(api, db);
    const stranger = await importer(api, db);
    const { declarationId } = await shown(person);
    const id = uuidv7();
    await db.pool.query(
      `INSERT INTO notifications (notification_id, declaration_id, version, recipient, kind) VALUES ($1, $2, 1, $3, 'ask')`,
      [id, declarationId, person.subjectId],
    );
    const displayedAt = async () => {
      const { rows } = await db.pool.query(
        'SELECT displayed_at FROM notifications WHERE notification_id = $1',
        [id],
      );
      return rows[0]?.displayed_at;
    };
    await expect(stranger.handset.displayed(id)).rejects.toMatchObject({ status: 404 });
    expect(await displayedAt()).toBeNull();
    await person.handset.displayed(id);
    const first = await displayedAt();
    expect(first).toBeInstanceOf(Date);
    await person.handset.displayed(id);
    expect(await displayedAt()).toEqual(first);
    await expect(person.handset.displayed('no-id')).rejects.toMatchObject({ status: 404 });
  });
});
