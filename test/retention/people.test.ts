/** What is left of people, registrations and uploads once nothing of them must be kept. */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listActs, recordAct } from '../../db/console/acts.ts';
import { inviteUser } from '../../db/console/invitations.ts';
import { namesOf } from '../../db/console/names.ts';
import { endIdentity } from '../../db/identity-end.ts';
import { transaction } from '../../db/pool.ts';
import { placeHold } from '../../db/retention/holds.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';
import { bindPerson, declare, keepConsent } from '../support/poa-fixtures.ts';
import { endedBeforeLimit, keptFrom, purgeAll } from '../support/retention-acts.ts';

let world: ImporterWorld;
beforeAll(async () => {
  world = await createImporterWorld();
});
afterAll(() => world?.close());

const keysOf = async (...ids: string[]) =>
  (await world.keysPool.query('SELECT 1 FROM data_keys WHERE key_id = ANY($1)', [ids])).rowCount;

describe('an identity that ended', () => {
  const end = (subjectId: string) =>
    transaction(world.db.pool, (client) => endIdentity(client, { subjectId, reason: 'left' }));
  const keysOfPerson = async (subjectId: string) => {
    const { rows } = await world.db.pool.query<{ id: string }>(
      'SELECT registration_id AS id FROM registrations WHERE subject_id = $1',
      [subjectId],
    );
    return keysOf(subjectId, ...rows.map(({ id }) => id));
  };
  let people = 0;
  const records = () => ({ ...world, processes: { startPoa: async () => 'started' as const } });
  const person = () => bindPerson(records(), `+8869${30_000_000 + people++}`);
  /** An answer whose process ended so many seconds before the limit; null: it has not ended. */
  const answered = async (subjectId: string, seconds: number | null) => {
    const { declarationId } = await declare(records(), 'customs-started');
    await world.db.pool.query('UPDATE declaration_versions SET shown_to = $2 WHERE declaration_id = $1', [
      declarationId,
      subjectId,
    ]);
    await keepConsent(records(), declarationId, 'declined');
    if (seconds !== null) await endedBeforeLimit(world.db, declarationId, seconds);
    return declarationId;
  };

  test('is shredded at once where nobody ever answered, the registrations that bound it too; a live one stays', async () => {
    const [left, alive] = [await person(), await person()];
    await end(left);
    expect(await keysOfPerson(left)).toBe(2);
    await purgeAll(world.db);
    expect([await keysOfPerson(left), await keysOfPerson(alive)]).toEqual([0, 2]);
    const { rows } = await world.db.pool.query(
      `SELECT i.shredded_at, i.sealed, i.verification, r.sealed AS registration
       FROM identities i JOIN registrations r USING (registration_id) WHERE i.subject_id = $1`,
      [left],
    );
    expect(rows).toEqual([
      { shredded_at: expect.any(Date), sealed: null, verification: null, registration: null },
    ]);
  });

  test('is kept until its last POA is purged, to the second (attack 43)', async () => {
    const [soon, later, open, over] = [await person(), await person(), await person(), await person()];
    await answered(soon, -1);
    await answered(later, 90 * 86_400);
    await answered(later, -86_400);
    await answered(open, null);
    await answered(over, 1);
    for (const subjectId of [soon, later, open, over]) await end(subjectId);
    await purgeAll(world.db);
    for (const subjectId of [soon, later, open]) expect(await keysOfPerson(subjectId)).toBe(2);
    expect(await keysOfPerson(over)).toBe(0);
  });

  test('is kept while a POA of theirs is held', async () => {
    const held = await person();
    const by = { holder: 'operator', officer: 'ops', reason: 'case 42' } as const;
    await placeHold(world.db, await answered(held, 86_400), by);
    await end(held);
    await purgeAll(world.db);
    expect(await keysOfPerson(held)).toBe(2);
  });
});

test('a registration refused 30 days ago is shredded, index and all; a bound or a recent one is not', async () => {
  const insert = async (status: string, days: number) => {
    const id = uuidv7();
    await world.db.keys.create(id, 'registration');
    await world.db.pool.query(
      `INSERT INTO registrations (registration_id, status, id_index, phone_index, sealed, operator, locale, notice_version,
         browser_hash, updated_at)
       VALUES ($1, $2, $3, $3, '\\x00', 'sandbox', 'en', '1', '\\x00', now() - $4 * interval '1 day')`,
      [id, status, randomBytes(32), days],
    );
    return id;
  };
  const [old, recent, bound] = [
    await insert('refused', 31),
    await insert('abandoned', 29),
    await insert('bound', 31),
  ];
  await purgeAll(world.db);
  const { rows } = await world.db.pool.query<{ id: string }>(
    'SELECT registration_id AS id FROM registrations WHERE id_index IS NOT NULL OR phone_index IS NOT NULL',
  );
  expect(new Set(rows.map((row) => row.id))).toEqual(new Set([recent, bound]));
  expect([await keysOf(old), await keysOf(recent, bound)]).toEqual([0, 2]);
});

test('a manifest goes with its lines and its key when POAs of that day do', async () => {
  const insert = async (seconds: number) => {
    const id = uuidv7();
    await world.db.keys.create(id, 'manifest');
    await world.db.pool.query(
      `WITH m AS (INSERT INTO manifests (manifest_id, broker_id, kind, status, completed_at)
         VALUES ($1, $2, 'declarations', 'completed', $3))
       INSERT INTO manifest_lines (manifest_id, line, digest, status, sealed) VALUES ($1, 1, '', 'rejected', '\\x00')`,
      [id, world.brokerId, new Date(keptFrom() - seconds * 1_000)],
    );
    return id;
  };
  const [over, kept] = [await insert(1), await insert(-1)];
  await purgeAll(world.db);
  const { rows } = await world.db.pool.query<{ id: string }>('SELECT manifest_id AS id FROM manifest_lines');
  expect(rows).toEqual([{ id: kept }]);
  expect([await keysOf(over), await keysOf(kept)]).toEqual([0, 1]);
});

describe('the name of a console user who was deactivated', () => {
  const colleague = async (seconds: number | null) => {
    const { userId } = await inviteUser(world.db, {
      brokerId: world.brokerId,
      by: null,
      name: '陳報關',
      role: 'member',
    });
    await world.db.pool.query('UPDATE broker_users SET deactivated_at = $2 WHERE user_id = $1', [
      userId,
      seconds === null ? null : new Date(keptFrom() - seconds * 1_000),
    ]);
    return userId;
  };
  const names = async (...ids: string[]) => {
    const found = await namesOf(world.db, world.brokerId, ids);
    return ids.map((id) => found.get(id));
  };

  test('goes after as long as a POA is kept; of whoever may still log in it stays', async () => {
    const [over, kept, active] = [await colleague(1), await colleague(-1), await colleague(null)];
    await purgeAll(world.db);
    expect(await names(over, kept, active)).toEqual([null, '陳報關', '陳報關']);
    expect(await keysOf(over)).toBe(0);
    const { rows } = await world.db.pool.query('SELECT sealed FROM broker_users WHERE user_id = $1', [over]);
    expect(rows).toEqual([{ sealed: null }]);
  });

  test('stays while a POA is kept that they changed, and what they did stays after it', async () => {
    const who = await colleague(1);
    const { declarationId } = await declare(
      { ...world, processes: { startPoa: async () => 'started' } },
      'customs-started',
    );
    await recordAct(world.db.pool, {
      brokerId: world.brokerId,
      userId: who,
      kind: 'cancelled',
      declarationId,
    });
    await purgeAll(world.db);
    expect(await names(who)).toEqual(['陳報關']);
    await endedBeforeLimit(world.db, declarationId, 1);
    await purgeAll(world.db);
    expect(await names(who)).toEqual([null]);
    const { items } = await listActs(world.db, world.brokerId, { declarationId, limit: 1 });
    expect(items).toMatchObject([{ kind: 'cancelled', by: { userId: who, name: null } }]);
  });
});
