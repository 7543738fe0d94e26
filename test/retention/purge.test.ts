/** Six months after its end nothing personal of a POA can be read, anywhere; unless somebody holds it. */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueToken } from '../../api/broker/auth.ts';
import type { Database } from '../../db/database.ts';
import { readDeclaration } from '../../db/declarations.ts';
import { createKeyStore } from '../../db/keys.ts';
import { createHeadStore } from '../../db/log/heads.ts';
import { revealPoa } from '../../db/operator-view.ts';
import { createPool } from '../../db/pool.ts';
import { placeHold } from '../../db/retention/holds.ts';
import { beginPurge } from '../../db/retention/purge.ts';
import { audit } from '../../evidence/audit/audit.ts';
import type { Finding } from '../../evidence/audit/finding.ts';
import { parseVerifierKey } from '../../evidence/verify/note.ts';
import { createEvidenceWorld, type EvidenceWorld } from '../support/evidence-world.ts';
import { endedBeforeLimit, isPurged, keptFrom, purgeAll } from '../support/retention-acts.ts';
import { call } from '../support/stand-in.ts';

let world: EvidenceWorld;
/** The worker's: the API's process goes on knowing the keys that it has used. */
let worker: Database;
beforeAll(async () => {
  world = await createEvidenceWorld();
  worker = { ...world.db, keys: createKeyStore(world.keysPool, Buffer.alloc(32, 1)) };
});
afterAll(() => world?.close());

/** Decided, in the log, and over; `seconds` before the limit (negative: after it). */
async function over(seconds: number, decision: 'confirmed' | 'declined' = 'confirmed') {
  const made = await world.decide({
    decision,
    ...(decision === 'declined' && { reason: 'other', note: '不是' }),
  });
  await world.appendAll();
  await world.db.pool.query('UPDATE declarations SET status = $2 WHERE declaration_id = $1', [
    made.declarationId,
    decision,
  ]);
  await endedBeforeLimit(world.db, made.declarationId, seconds);
  return made;
}
const customs = (method: string, path: string, headers: Record<string, string> = {}) =>
  call(method, `${world.api.url}/customs/v1${path}`, {
    headers: { authorization: 'Bearer token', ...headers },
  });
const OFFICER = { 'x-officer': encodeURIComponent('陳關務'), 'x-lookup-reason': 'case%2042' };
const hold = (declarationId: string, method = 'POST', headers: Record<string, string> = OFFICER) =>
  customs(method, `/poas/${declarationId}/hold`, headers);
const audited = async () => {
  const findings: Finding[] = [];
  const log = parseVerifierKey(world.signer.verifierKey);
  const counts = await audit(
    { pool: worker.pool, keys: worker.keys, log, heads: createHeadStore(world.keysPool) },
    (finding) => findings.push(finding),
  );
  return { findings, counts };
};

describe('the limit', () => {
  test('a second past it a POA is purged, a second before it is not; a hold suspends it, until it is released', async () => {
    const [past, before, held, released] = [await over(1), await over(-1), await over(1), await over(1)];
    expect((await hold(held.declarationId)).status).toBe(201);
    await hold(released.declarationId);
    expect((await hold(released.declarationId, 'DELETE')).status).toBe(204);
    await purgeAll(worker);
    const purged = (made: { declarationId: string }) => isPurged(world.db, made.declarationId);
    expect([await purged(past), await purged(before), await purged(held), await purged(released)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    await hold(held.declarationId, 'DELETE');
    await purgeAll(worker);
    expect(await purged(held)).toBe(true);
  });

  test('what has not ended is kept however old, and so is what nobody has put into the log', async () => {
    const open = await over(-1);
    await world.db.pool.query(
      'UPDATE declarations SET finished = false, ended_at = NULL WHERE declaration_id = $1',
      [open.declarationId],
    );
    const queued = await world.decide({ decision: 'confirmed' });
    await endedBeforeLimit(world.db, queued.declarationId, 1);
    await purgeAll(worker);
    expect([
      await isPurged(world.db, open.declarationId),
      await isPurged(world.db, queued.declarationId),
    ]).toEqual([false, false]);
    await world.appendAll();
    await endedBeforeLimit(world.db, queued.declarationId, 1);
    await purgeAll(worker);
    expect(await isPurged(world.db, queued.declarationId)).toBe(true);
  });

  test('a fraud case keeps its POA until it is resolved', async () => {
    const { declarationId, person } = await over(1);
    await person.handset.call('POST', `/app/declarations/${declarationId}/report`, { note: '不是我' });
    await purgeAll(worker);
    expect(await isPurged(world.db, declarationId)).toBe(false);
    await world.db.pool.query(
      `UPDATE fraud_cases SET resolved_at = now(), resolution = 'unsubstantiated' WHERE declaration_id = $1`,
      [declarationId],
    );
    await purgeAll(worker);
    expect(await isPurged(world.db, declarationId)).toBe(true);
  });
});

describe('once a purge has begun', () => {
  test('nobody is told anything personal, also by a process that still knows the key', async () => {
    const { declarationId, person } = await over(1, 'declined');
    const broker = {
      authorization: `Bearer ${await issueToken({ tokenKey: Buffer.alloc(32), publicUrl: world.api.url }, { brokerId: world.brokerId, clientId: 'b' })}`,
    };
    const get = (path: string) => call('GET', `${world.api.url}${path}`, { headers: broker });
    const declaration = await get(`/v1/declarations/${declarationId}`);
    expect(declaration.body.importer.phone).toBe(person.phone);
    const { houseWaybill } = declaration.body;
    expect((await customs('GET', `/poas?houseWaybill=${houseWaybill}`, OFFICER)).status).toBe(200);
    await purgeAll(worker);
    // Still in the API's cache.
    expect(await world.db.keys.get(declarationId)).not.toBeNull();

    const told = [
      await get(`/v1/declarations/${declarationId}`),
      await get(`/v1/declarations/${declarationId}/poa`),
      await customs('GET', `/poas?houseWaybill=${houseWaybill}`),
    ];
    expect(told.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [own, poa, found] = told.map(({ body }) => body);
    expect(own).toMatchObject({
      status: 'declined',
      purgedAt: expect.any(String),
      answer: { decision: 'declined' },
    });
    expect(poa).toMatchObject({ outcome: 'declined', purgedAt: expect.any(String) });
    expect(found.items).toMatchObject([{ outcome: 'declined', purgedAt: expect.any(String) }]);
    for (const member of ['importer', 'goods', 'receipt']) {
      for (const body of [own, poa, found.items[0]]) expect(body).not.toHaveProperty(member);
    }
    expect(await get(`/v1/declarations/${declarationId}/poa/evidence`)).toMatchObject({
      status: 410,
      body: { type: expect.stringMatching(/no-longer-kept$/) },
    });
    expect((await customs('GET', `/poas/${declarationId}/evidence`)).status).toBe(410);
    expect((await hold(declarationId)).status).toBe(410);
    expect(await person.handset.history()).toEqual([]);
    const lookups = (await person.handset.call<{ items: object[] }>('GET', '/app/lookups')).items;
    expect(lookups).toHaveLength(2);
    for (const lookup of lookups) expect(lookup).not.toHaveProperty('officer');
    expect(
      (await person.handset.ask('POST', `/app/declarations/${declarationId}/report`, { body: {} })).status,
    ).toBe(404);
    expect(await revealPoa(world.db, declarationId)).toEqual([]);
  });

  test('the log still holds together, and every row is accounted for', async () => {
    await over(1);
    await purgeAll(worker);
    const { findings, counts } = await audited();
    expect(findings).toEqual([]);
    expect(counts.shredded).toBeGreaterThan(0);
    await world.db.pool.query(`UPDATE version_outcomes SET sealed_report = NULL WHERE declaration_id = $1`, [
      (await over(-1)).declarationId,
    ]);
    expect((await audited()).findings).toMatchObject([{ kind: 'outcome-without-receipt' }]);
    await world.db.pool.query(
      `UPDATE declarations SET purge_started_at = now(), purged_at = now() WHERE declaration_id IN (
         SELECT declaration_id FROM version_outcomes WHERE sealed_report IS NULL)`,
    );
  });

  test('what was made unreadable before its time is found by the audit: a purge that was not due, a key that is gone', async () => {
    const early = (await over(-86_400)).declarationId;
    const keyless = (await over(-86_400)).declarationId;
    const emptied = async (id: string) => {
      await world.db.pool.query('UPDATE declaration_versions SET sealed = NULL WHERE declaration_id = $1', [
        id,
      ]);
      await world.db.pool.query(
        'UPDATE version_outcomes SET sealed_report = NULL WHERE declaration_id = $1',
        [id],
      );
      await world.db.pool.query('UPDATE consents SET sealed = NULL WHERE declaration_id = $1', [id]);
    };
    await emptied(early);
    await world.db.pool.query(
      'UPDATE declarations SET purge_started_at = now(), purged_at = now() WHERE declaration_id = $1',
      [early],
    );
    await worker.keys.destroy(keyless);
    const kinds = (await audited()).findings
      .filter(
        ({ kind, of }) =>
          ['purged-early', 'key-missing'].includes(kind) && [early, keyless].some((id) => of.endsWith(id)),
      )
      .map(({ kind, of }) => [kind, of.split(' ')[1]]);
    expect(kinds.sort()).toEqual([
      ['key-missing', keyless],
      ['purged-early', early],
    ]);
  });

  test('a copy of the database that was made before it cannot be read either', async () => {
    const { declarationId } = await over(1);
    const copy = await copyOfDatabase();
    try {
      const restored: Database = {
        pool: copy.pool,
        keys: createKeyStore(world.keysPool, Buffer.alloc(32, 1)),
        index: world.db.index,
      };
      const read = async (db: Database) => ({
        submitted: (await readDeclaration(db, world.brokerId, declarationId))?.submitted,
        opened: (await revealPoa(db, declarationId))?.length,
      });
      expect(await read(restored)).toMatchObject({ submitted: { importer: {} }, opened: 3 });
      await purgeAll(worker);
      const later = { ...restored, keys: createKeyStore(world.keysPool, Buffer.alloc(32, 1)) };
      expect(await read(later)).toEqual({ submitted: null, opened: undefined });
      const { rowCount } = await world.keysPool.query('SELECT 1 FROM data_keys WHERE key_id = $1', [
        declarationId,
      ]);
      expect(rowCount).toBe(0);
    } finally {
      await copy.drop();
    }
  });
});

describe('a kill', () => {
  const dying = (destroyMany: Database['keys']['destroyMany']): Database => ({
    ...worker,
    keys: { ...worker.keys, destroyMany },
  });
  const killed = () => Promise.reject(new Error('killed'));

  test.each([
    ['before the keys are destroyed', killed],
    [
      'after the keys are destroyed',
      async (ids: readonly string[]) => worker.keys.destroyMany(ids).then(killed),
    ],
  ] as const)('%s: nothing is told, and the next run finishes it first', async (_when, destroyMany) => {
    const { declarationId } = await over(1);
    await expect(purgeAll(dying(destroyMany))).rejects.toThrow('killed');
    expect(await isPurged(world.db, declarationId)).toBe(false);
    expect((await readDeclaration(world.db, world.brokerId, declarationId))?.submitted).toBeNull();
    expect((await hold(declarationId)).status).toBe(410);
    await purgeAll(worker);
    expect(await isPurged(world.db, declarationId)).toBe(true);
    expect(await createKeyStore(world.keysPool, randomBytes(32)).getMany([declarationId])).toEqual(new Map());
  });

  test('while rows are emptied: none is, and the next run begins again', async () => {
    const { declarationId } = await over(1);
    await world.db.pool.query(
      'ALTER TABLE version_outcomes ADD CONSTRAINT broken CHECK (sealed_report IS NOT NULL) NOT VALID',
    );
    await expect(purgeAll(worker)).rejects.toThrow('broken');
    await world.db.pool.query('ALTER TABLE version_outcomes DROP CONSTRAINT broken');
    expect((await readDeclaration(world.db, world.brokerId, declarationId))?.submitted).not.toBeNull();
    await purgeAll(worker);
    expect(await isPurged(world.db, declarationId)).toBe(true);
  });
});

test('of a hold and a purge at once one is first, and the other finds it', async () => {
  const made = [];
  for (let i = 0; i < 8; i++) made.push((await over(1)).declarationId);
  const by = { holder: 'operator', officer: 'ops', reason: 'case 42' } as const;
  const purges = Promise.all([
    beginPurge(worker, { run: uuidv7(), before: new Date(keptFrom()), limit: 4 }),
    beginPurge(worker, { run: uuidv7(), before: new Date(keptFrom()), limit: 4 }),
  ]);
  const holds = await Promise.allSettled(made.map((id) => placeHold(world.db, id, by)));
  await purges;
  await purgeAll(worker);
  for (const [i, declarationId] of made.entries()) {
    const held = holds[i]?.status === 'fulfilled';
    expect(await isPurged(world.db, declarationId)).toBe(!held);
    expect((await readDeclaration(world.db, world.brokerId, declarationId))?.submitted === null).toBe(!held);
  }
});

describe("Customs' hold", () => {
  test('is placed once, released once, and says who and why', async () => {
    const { declarationId } = await over(-1);
    const first = await hold(declarationId);
    expect(first).toMatchObject({ status: 201, body: { declarationId, heldSince: expect.any(String) } });
    expect(await hold(declarationId)).toMatchObject({ status: 200, body: first.body });
    expect((await hold(declarationId, 'DELETE')).status).toBe(204);
    expect((await hold(declarationId, 'DELETE')).status).toBe(204);
    const opened = await revealPoa(world.db, declarationId);
    expect(opened?.filter(({ what }) => what.endsWith('customs'))).toEqual([
      { what: 'hold by customs', content: { officer: '陳關務', reason: 'case 42' } },
      { what: 'release by customs', content: { officer: '陳關務', reason: 'case 42' } },
    ]);
  });

  test('needs an officer, a reason, a POA and the token', async () => {
    const { declarationId } = await over(-1);
    expect((await hold(declarationId, 'POST', { 'x-officer': 'a' })).status).toBe(400);
    expect((await hold(uuidv7())).status).toBe(404);
    expect((await hold(uuidv7(), 'DELETE')).status).toBe(404);
    expect((await hold(declarationId, 'POST', { ...OFFICER, authorization: 'Bearer no' })).status).toBe(401);
    const { rowCount } = await world.db.pool.query('SELECT 1 FROM holds WHERE declaration_id = $1', [
      declarationId,
    ]);
    expect(rowCount).toBe(0);
  });
});

/** As a restored backup: Postgres copies a database only while nobody is connected to it. */
async function copyOfDatabase() {
  const { rows } = await world.db.pool.query<{ name: string }>('SELECT current_database() AS name');
  const name = rows[0]?.name ?? '';
  const copy = `copy_${randomBytes(5).toString('hex')}`;
  await world.keysPool.query(
    `SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = '${name}'`,
  );
  await world.keysPool.query(`CREATE DATABASE ${copy} TEMPLATE ${name} STRATEGY file_copy`);
  const url = new URL(world.databaseUrl);
  url.pathname = `/${copy}`;
  const pool = createPool(url.toString());
  return {
    pool,
    drop: async () => {
      await pool.end();
      await world.keysPool.query(`DROP DATABASE ${copy} WITH (FORCE)`);
    },
  };
}
