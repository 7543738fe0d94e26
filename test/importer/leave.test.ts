/** `DELETE /app/identity`: a person leaves. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Handset } from '../../sandbox/handset/handset.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';

let world: ImporterWorld;
const told: string[] = [];
let temporalAway = false;
const tell = async (what: string) => {
  if (temporalAway) throw new Error('away');
  told.push(what);
};
beforeAll(async () => {
  world = await createImporterWorld({
    processes: {
      lookAgain: (id) => tell(`look ${id}`),
      startCustomsNotice: async (id) => {
        await tell(`notice ${id}`);
        return 'started';
      },
    },
  });
});
afterAll(() => world?.close());
beforeEach(() => {
  told.length = 0;
  temporalAway = false;
});

const leave = (handset: Handset) => handset.ask('DELETE', '/app/identity');

const noticesOf = async (registrationId: string) => {
  const { rows } = await world.db.pool.query<{ noticeId: string; body: string }>(
    `SELECT notice_id AS "noticeId", body FROM customs_notices WHERE kind = 'identity-ended' AND about = $1`,
    [registrationId],
  );
  return rows;
};

describe('leaving', () => {
  test('ends every session and passkey, and tells Customs and what was asked; what was answered stays', async () => {
    const { handset, subjectId, registrationId, phone } = await world.importer();
    const [open, kept, judged] = [
      await world.shown({ subjectId, phone }),
      await world.shown({ subjectId, phone }),
      await world.shown({ subjectId, phone }),
    ];
    await kept.answer('confirmed');
    await judged.settle('confirmed');

    expect((await leave(handset)).status).toBe(204);
    const [notice, ...more] = await noticesOf(registrationId);
    expect([more, JSON.parse(notice?.body ?? '')]).toEqual([
      [],
      { reason: 'left', endedAt: expect.any(String) },
    ]);
    expect(told.toSorted()).toEqual([`look ${open.declarationId}`, `notice ${notice?.noticeId}`]);
    const { rows } = await world.db.pool.query(
      'SELECT verdict FROM consents WHERE subject_id = $1 ORDER BY verdict',
      [subjectId],
    );
    expect(rows.map(({ verdict }) => verdict)).toEqual(['accepted', 'pending']);

    for (const name of ['session', 'registration'])
      expect(handset.browser.cookie(world.api.url, name)).toBeUndefined();
    await expect(handset.inbox()).rejects.toMatchObject({ status: 401 });
    await expect(handset.login()).rejects.toMatchObject({ status: 403, code: 'assertion-rejected' });
  });

  test('needs a login of a moment ago, a session, and a page of ours', async () => {
    const { handset, subjectId, registrationId } = await world.importer();
    const elsewhere = await handset.ask('DELETE', '/app/identity', {
      headers: { origin: 'https://evil.example' },
    });
    expect(elsewhere.status).toBe(403);
    await world.db.pool.query(
      `UPDATE sessions SET login_at = now() - interval '5 minutes' WHERE subject_id = $1`,
      [subjectId],
    );
    expect(await leave(handset)).toMatchObject({ status: 403, body: { type: '/problems/forbidden' } });
    expect(await noticesOf(registrationId)).toEqual([]);
    await handset.login();
    expect((await leave(handset)).status).toBe(204);
    expect((await leave(handset)).status).toBe(401);
  });

  test('at the same moment from two pages happens once', async () => {
    const { handset, registrationId } = await world.importer();
    const cookie = `session=${handset.browser.cookie(world.api.url, 'session')}`;
    const pages = await Promise.all(
      [1, 2, 3].map(() => handset.ask('DELETE', '/app/identity', { headers: { cookie } })),
    );
    expect(pages.map(({ status }) => status).filter((status) => ![204, 401].includes(status))).toEqual([]);
    expect(pages.map(({ status }) => status)).toContain(204);
    expect(await noticesOf(registrationId)).toHaveLength(1);
  });

  test('goes through when Temporal is away: the reconciliation tells Customs', async () => {
    temporalAway = true;
    const { handset, registrationId } = await world.importer();
    expect((await leave(handset)).status).toBe(204);
    expect(await noticesOf(registrationId)).toHaveLength(1);
  });

  test('touches nobody else', async () => {
    const [one, other] = [await world.importer(), await world.importer()];
    const { declarationId } = await world.shown(other);
    await leave(one.handset);
    expect((await other.handset.inbox()).map((item) => item.declarationId)).toEqual([declarationId]);
    expect(told).not.toContain(`look ${declarationId}`);
  });
});
