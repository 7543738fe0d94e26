/** What is kept as evidence, on a running system: `npm run admin -- evidence …`, and everything that may be done to its rows. */
import { execFile } from 'node:child_process';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHeadStore } from '../../db/log/heads.ts';
import { createPool } from '../../db/pool.ts';
import { audit } from '../../evidence/audit/audit.ts';
import { createCheckpointSigner } from '../../evidence/log/signer.ts';
import { parseVerifierKey } from '../../evidence/verify/note.ts';
import {
  asks,
  type Citizen,
  declared,
  eventually,
  type Outside,
  openOutside,
  shipmentFor,
  untilStatus,
} from '../support/outside.ts';
import { openStackWorld, type StackWorld } from '../support/stack-world.ts';
import { call } from '../support/stand-in.ts';

let outside: Outside;
let inside: StackWorld;
let keysPool: ReturnType<typeof createPool>;
let citizen: Citizen;
/** Declarations by what became of them. */
const made: Record<string, string> = {};

beforeAll(async () => {
  outside = await openOutside();
  inside = await openStackWorld(outside.stack);
  keysPool = createPool(outside.stack.databases.KEYS_DATABASE_URL, { max: 2 });
  citizen = await outside.citizen();
});
afterAll(async () => {
  await keysPool?.end();
  await inside?.close();
  await outside?.close();
});

async function asked(): Promise<string> {
  const id = await declared(outside.broker, shipmentFor(citizen));
  await asks(citizen, id);
  return id;
}

async function answered(decision: 'confirmed' | 'declined' | 'repudiated', more = {}): Promise<string> {
  const id = await asked();
  await citizen.handset.decide(id, decision, more);
  await untilStatus(outside.broker, id, decision);
  return id;
}

/** Confirmed here, while Customs holds that nobody answered: an operator lets that stand. */
async function takenFromCustoms(): Promise<string> {
  const id = await asked();
  await call('PUT', `${outside.stack.endpoints.customs}/poas/${id}/1`, {
    headers: { authorization: `Bearer ${outside.stack.env.CUSTOMS_TOKEN}`, 'idempotency-key': `else ${id}` },
    body: { declarationId: id, outcome: 'expired', decidedAt: new Date().toISOString() },
  });
  await citizen.handset.decide(id, 'confirmed');
  await untilStatus(outside.broker, id, 'needs_attention');
  const by = ['--by', 'Chen', '--reason', 'asked Customs'];
  expect((await admin('poa', 'resolve', id, 'accept-customs', ...by)).code).toBe(0);
  await untilStatus(outside.broker, id, 'expired');
  return id;
}

const count = async (table: string) =>
  Number((await inside.db.pool.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n);
const untilLogged = () => eventually(() => count('log_queue')).toBe(0);

function admin(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, LOG_ORIGIN: 'localhost/log', ...outside.stack.env };
  return new Promise((resolve) => {
    execFile('npm', ['run', '--silent', 'admin', '--', ...args], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

/** What an audit finds after a change that somebody made who may do anything in the database; taken back afterwards. */
async function findingsAfter(change: (client: PoolClient) => Promise<unknown>): Promise<string[]> {
  const client = await inside.db.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    await change(client);
    const findings: string[] = [];
    const { verifierKey } = createCheckpointSigner(
      'localhost/log',
      JSON.parse(outside.stack.env.LOG_KEY ?? ''),
    );
    const what = {
      pool: client,
      keys: inside.db.keys,
      heads: createHeadStore(keysPool),
      log: parseVerifierKey(verifierKey),
    };
    await audit(what, ({ kind }) => findings.push(kind));
    return [...new Set(findings)].sort();
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

const outcomeOf = (what: string) =>
  `(SELECT outcome_id FROM version_outcomes WHERE declaration_id = '${made[what]}' AND sealed_report IS NOT NULL)`;
const consentOf = (what: string) =>
  `(SELECT consent_id FROM consents WHERE declaration_id = '${made[what]}')`;
const flipped = (column: string) => `${column} = set_byte(${column}, 30, get_byte(${column}, 30) # 1)`;

describe('an audit', () => {
  // Everything that follows is about what is settled here.
  test('has something of every kind to look at', async () => {
    for (const decision of ['confirmed', 'repudiated'] as const) made[decision] = await answered(decision);
    made.declined = await answered('declined', { reason: 'wrong_price', lines: [1] });
    made.amended = await asked();
    await outside.broker.amend(made.amended, 1, shipmentFor(citizen, { packages: 2 }));
    made.cancelled = await asked();
    await outside.broker.cancel(made.cancelled, { reason: 'not-imported' });
    await untilStatus(outside.broker, made.cancelled, 'cancelled');
    made.accepted = await takenFromCustoms();
    await untilLogged();
    expect(await count('log_leaves')).toBe(5);
  });

  test('of what a running system did finds nothing', async () => {
    const { code, out, err } = await admin('evidence', 'audit');
    expect([err, code]).toEqual(['', 0]);
    expect(out).toContain('Everything is as it was signed.');
    expect(out).toMatch(/leaves +5\n/);
    expect(await findingsAfter(async () => {})).toEqual([]);
  });

  test.each([
    [
      'an outcome edited',
      () => `UPDATE version_outcomes SET outcome = 'declined' WHERE outcome_id = ${outcomeOf('confirmed')}`,
      ['outcome-changed', 'status-changed'],
    ],
    [
      'an outcome and its declaration edited',
      () =>
        `WITH d AS (UPDATE declarations SET status = 'declined' WHERE declaration_id = '${made.confirmed}') UPDATE version_outcomes SET outcome = 'declined' WHERE outcome_id = ${outcomeOf('confirmed')}`,
      ['outcome-changed'],
    ],
    [
      'a reason edited',
      () => `UPDATE version_outcomes SET reason = 'wrong_name' WHERE outcome_id = ${outcomeOf('declined')}`,
      ['outcome-changed'],
    ],
    [
      'a time edited',
      () =>
        `UPDATE version_outcomes SET decided_at = decided_at - interval '1 day' WHERE outcome_id = ${outcomeOf('confirmed')}`,
      ['outcome-changed'],
    ],
    [
      'an outcome set aside',
      () =>
        `UPDATE version_outcomes SET set_aside_at = now(), acknowledged_at = NULL WHERE outcome_id = ${outcomeOf('confirmed')}`,
      ['outcome-missing', 'status-changed'],
    ],
    [
      'an outcome deleted',
      () => `DELETE FROM version_outcomes WHERE outcome_id = ${outcomeOf('confirmed')}`,
      ['outcome-missing', 'status-changed'],
    ],
    [
      'an outcome inserted',
      () =>
        `INSERT INTO version_outcomes (outcome_id, declaration_id, version, outcome, decided_at, sealed_report, set_aside_at) SELECT gen_random_uuid(), declaration_id, version, 'declined', now(), sealed_report, now() FROM version_outcomes WHERE outcome_id = ${outcomeOf('confirmed')}`,
      ['outcome-not-logged', 'receipt-unreadable'],
    ],
    [
      'an outcome inserted without a receipt',
      () =>
        `INSERT INTO version_outcomes (outcome_id, declaration_id, version, outcome, decided_at) VALUES (gen_random_uuid(), '${made.amended}', 2, 'confirmed', now())`,
      ['outcome-without-receipt'],
    ],
    [
      'an outcome inserted as of Customs',
      () =>
        `INSERT INTO version_outcomes (outcome_id, declaration_id, version, outcome, source, decided_at) VALUES (gen_random_uuid(), '${made.amended}', 2, 'confirmed', 'customs', now())`,
      ['outcome-without-receipt'],
    ],
    [
      'a report edited',
      () =>
        `UPDATE version_outcomes SET ${flipped('sealed_report')} WHERE outcome_id = ${outcomeOf('confirmed')}`,
      ['receipt-unreadable'],
    ],
    [
      "a receipt's hash edited",
      () =>
        `UPDATE version_outcomes SET ${flipped('receipt_hash')} WHERE outcome_id = ${outcomeOf('confirmed')}`,
      ['outcome-changed'],
    ],
    [
      'a leaf edited',
      () => `UPDATE log_leaves SET ${flipped('entry')} WHERE leaf_index = 1`,
      ['leaf-changed', 'receipt-changed'],
    ],
    [
      'a leaf deleted',
      () => 'DELETE FROM log_leaves WHERE leaf_index = 1',
      ['leaf-missing', 'outcome-not-logged'],
    ],
    [
      'two leaves exchanged',
      () =>
        `UPDATE log_leaves l SET entry = other.entry FROM log_leaves other WHERE l.leaf_index + other.leaf_index = 3 AND l.leaf_index IN (1, 2)`,
      ['leaf-changed', 'receipt-changed'],
    ],
    [
      'a salt edited',
      () => `UPDATE log_leaves SET ${flipped('sealed_salt')} WHERE leaf_index = 1`,
      ['receipt-changed'],
    ],
    [
      'a leaf inserted',
      () =>
        `INSERT INTO log_leaves SELECT 5, gen_random_uuid(), entry, sealed_salt FROM log_leaves WHERE leaf_index = 0`,
      ['edited', 'outcome-missing'],
    ],
    [
      'the log cut short',
      () =>
        `WITH c AS (DELETE FROM log_checkpoints WHERE tree_size > 3), t AS (UPDATE log_tiles SET hashes = substr(hashes, 1, 96)) DELETE FROM log_leaves WHERE leaf_index >= 3`,
      ['outcome-not-logged', 'rolled-back'],
    ],
    [
      'a version edited',
      () =>
        `UPDATE declaration_versions SET digest = repeat('0', 64) WHERE declaration_id = '${made.confirmed}'`,
      ['content-changed', 'outcome-changed', 'status-changed'],
    ],
    [
      'a content edited',
      () => `UPDATE declaration_versions SET ${flipped('sealed')} WHERE declaration_id = '${made.confirmed}'`,
      ['content-unreadable'],
    ],
    [
      'the content of another put in its place',
      () =>
        `UPDATE declaration_versions SET sealed = (SELECT sealed FROM declaration_versions WHERE declaration_id = '${made.amended}' AND version = 2) WHERE declaration_id = '${made.amended}' AND version = 1`,
      ['content-unreadable'],
    ],
    [
      'a version deleted',
      () => `DELETE FROM declaration_versions WHERE declaration_id = '${made.confirmed}'`,
      ['version-missing'],
    ],
    [
      'a context edited',
      () => `UPDATE contexts SET digest = repeat('0', 64) WHERE declaration_id = '${made.confirmed}'`,
      ['content-changed'],
    ],
    [
      'an answer edited',
      () => `UPDATE consents SET decision = 'declined' WHERE consent_id = ${consentOf('confirmed')}`,
      ['consent-changed'],
    ],
    [
      'another person given the answer',
      () => `UPDATE consents SET subject_id = gen_random_uuid() WHERE consent_id = ${consentOf('confirmed')}`,
      ['consent-changed'],
    ],
    [
      'what was signed edited',
      () => `UPDATE consents SET ${flipped('sealed')} WHERE consent_id = ${consentOf('confirmed')}`,
      ['consent-unreadable'],
    ],
    [
      'an answer deleted',
      () => `DELETE FROM consents WHERE consent_id = ${consentOf('confirmed')}`,
      ['consent-missing'],
    ],
    [
      'an answer inserted',
      () =>
        `INSERT INTO consents SELECT gen_random_uuid(), '${made.cancelled}', version, digest, subject_id, 'declined', reason, lines, credential_id, sha256(assertion_hash), sealed, 'accepted' FROM consents WHERE consent_id = ${consentOf('confirmed')}`,
      ['consent-unreadable', 'outcome-missing'],
    ],
    [
      'a declaration moved on',
      () => `UPDATE declarations SET status = 'confirmed' WHERE declaration_id = '${made.amended}'`,
      ['status-changed'],
    ],
  ])('finds %s', async (_, change, findings) => {
    expect(await findingsAfter((client) => client.query(change()))).toEqual(findings);
  });

  test('tells in a table what it found, and exits with 1', async () => {
    const { rows } = await inside.db.pool.query(
      `SELECT reason FROM version_outcomes WHERE outcome_id = ${outcomeOf('declined')}`,
    );
    await inside.db.pool.query(
      `UPDATE version_outcomes SET reason = 'other' WHERE outcome_id = ${outcomeOf('declined')}`,
    );
    const { code, out, err } = await admin('evidence', 'audit');
    await inside.db.pool.query(
      `UPDATE version_outcomes SET reason = $1 WHERE outcome_id = ${outcomeOf('declined')}`,
      [rows[0].reason],
    );
    expect(code).toBe(1);
    expect(out).toMatch(
      /finding +of +detail\n +outcome-changed +outcome \S+ +its receipt says otherwise of: reason/,
    );
    expect(err).toContain('1 finding');
  });
});

describe('a log that was edited while the system runs', () => {
  const metrics = async () => (await (await fetch(`${outside.api}/metrics`)).text()).split('\n');
  const edit = `UPDATE log_tiles SET ${flipped('hashes')} WHERE level = 0`;
  const resume = () =>
    admin('evidence', 'log-resume', '--by', 'Chen', '--reason', 'restored from the replica');

  test('takes nothing in; answers are kept, settled and reported; it goes on once it is whole again', async () => {
    expect((await resume()).err).toContain('There is no alarm.');
    await inside.db.pool.query(edit);
    const id = await answered('confirmed');
    await eventually(() => count('log_alarms')).toBe(1);
    expect(await metrics()).toContain('consentry_log_alarm 1');
    expect((await fetch(`${outside.api}/readyz`)).status).toBe(200);
    expect((await outside.broker.get(`/v1/declarations/${id}/poa`)).body).toMatchObject({
      outcome: 'confirmed',
    });
    await answered('repudiated');
    expect(await count('log_queue')).toBe(2);

    const shown = await admin('evidence', 'log');
    expect(shown.out).toMatch(/queued +2\n/);
    expect(shown.out).toMatch(/alarm +edited\n/);
    expect(shown.out).toContain('Nothing is appended.');

    const refused = await resume();
    expect([refused.code, await count('log_queue')]).toEqual([1, 2]);
    await inside.db.pool.query(edit);
    expect(await resume()).toMatchObject({ code: 0, err: '' });
    await untilLogged();
    expect(await metrics()).toContain('consentry_log_alarm 0');
    expect((await admin('evidence', 'audit')).code).toBe(0);
  });
});
