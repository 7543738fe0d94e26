/** The whole stack as real programs, and fifty POAs on it: for tests that kill what they run on. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, inject } from 'vitest';
import { openAlarm } from '../../db/log/alarm.ts';
import { createHeadStore } from '../../db/log/heads.ts';
import { createPool } from '../../db/pool.ts';
import { DECISIONS, type Decision, ORDERS, type Order } from '../../domain/outcome.ts';
import type { Finding } from '../../evidence/audit/finding.ts';
import { auditLog } from '../../evidence/audit/log.ts';
import { createCheckpointSigner } from '../../evidence/log/signer.ts';
import { parseVerifierKey } from '../../evidence/verify/note.ts';
import type { Listening } from '../../sandbox/listen.ts';
import { createWebhooks } from '../../sandbox/webhooks/webhooks.ts';
import { startStack } from '../../scripts/up/stack.ts';
import { logInBroker } from './broker-client.ts';
import { bindPerson, declare, keepConsent } from './poa-fixtures.ts';
import { control } from './poa-world.ts';
import { openStackWorld, removeData, type StackWorld } from './stack-world.ts';

export const PROCESSES = 50;
const QUIET = { RECONCILE_EVERY_MS: '5000', LOG_LEVEL: 'warn' };
/** Everything is over by then; the reconciliation runs every 5 s here. */
const OVER_WITHIN_MS = 150_000;

export interface Told {
  declarationId: string;
  /** What the person was told is kept; null before. */
  kept: { consentId: string; decision: Decision } | null;
}

/** A stack for the tests of this file. */
export function useFifty() {
  let world: StackWorld;
  let dataDir: string;
  /** Of the broker whose declarations these are. */
  let receiver: Listening;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'consentry-kill-'));
    world = await openStackWorld(
      await startStack({ dataDir, env: { ...QUIET, WORKFLOW_BUNDLE: inject('workflowBundle').codePath } }),
    );
    await bindPerson(world);
    receiver = await createWebhooks().listen(0);
    await tellReceiver();
  });
  afterAll(async () => {
    await receiver?.close();
    await world?.close();
    await world?.stack.stop();
    removeData(dataDir);
  });
  beforeEach(() => control(world.stack.endpoints.customs, 'DELETE', '/faults'));

  /** Repeats until the database is there to take it: a person, or a program, that tries again. */
  async function untilItWorks<T>(work: () => Promise<T>): Promise<T> {
    const end = Date.now() + OVER_WITHIN_MS;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (Date.now() > end) throw error;
        await sleep(100);
      }
    }
  }

  const ifTaken: Pick<StackWorld['processes'], 'startPoa'> = {
    startPoa: (process) => world.processes.startPoa(process).catch(() => 'already-started'),
  };

  /** Declarations recorded and started; those that Temporal did not take are the reconciliation's. */
  async function declareAll(): Promise<Told[]> {
    return Promise.all(
      Array.from({ length: PROCESSES }, async (_, i) => {
        const order = ORDERS[i % ORDERS.length] as Order;
        const { declarationId } = await declare({ ...world, processes: ifTaken }, order);
        return { declarationId, kept: null };
      }),
    );
  }

  /** Each person answers as soon as they are shown their declaration, and is told once the answer is kept. */
  async function answerAll(all: readonly Told[], spreadMs: number): Promise<void> {
    await Promise.all(
      all.map(async (told, i) => {
        await sleep((spreadMs * i) / all.length);
        const decision = DECISIONS[i % 5 === 0 ? 1 : i % 7 === 0 ? 2 : 0] as Decision;
        const consentId = await untilItWorks(async () => {
          const before = await consentOf(told.declarationId);
          const kept = before ?? (await keepConsent(world, told.declarationId, decision));
          if (!kept) throw new Error('not shown yet');
          return kept;
        });
        told.kept = { consentId, decision };
        await world.processes.decide(told.declarationId, { consentId });
      }),
    );
  }

  /** A commit whose answer was lost in the kill is found again, as the API finds the same assertion. */
  async function consentOf(declarationId: string): Promise<string | null> {
    const { rows } = await world.db.pool.query<{ id: string }>(
      'SELECT consent_id AS id FROM consents WHERE declaration_id = $1 AND version = 1',
      [declarationId],
    );
    return rows[0]?.id ?? null;
  }

  async function expectEachSettledOnce(all: readonly Told[]): Promise<void> {
    const ids = all.map((told) => told.declarationId);
    await untilItWorks(async () => {
      const { rows } = await world.db.pool.query<{ id: string; status: string; epoch: number; step: number }>(
        `SELECT declaration_id AS id, status, epoch, step FROM declarations
         WHERE declaration_id = ANY($1) AND status NOT IN ('confirmed', 'declined', 'repudiated')`,
        [ids],
      );
      if (rows.length > 0) throw new Error(`still open: ${JSON.stringify(rows)}`);
    });
    const { rows } = await world.db.pool.query<{
      id: string;
      outcome: string;
      consentId: string;
      acknowledged: boolean;
    }>(
      `SELECT declaration_id AS id, outcome, consent_id AS "consentId", acknowledged_at IS NOT NULL AS acknowledged
       FROM version_outcomes WHERE declaration_id = ANY($1) AND set_aside_at IS NULL`,
      [ids],
    );
    const held = (await control(world.stack.endpoints.customs, 'GET', '/poas')) as {
      declarationId: string;
      outcome: string;
      received: number;
    }[];
    for (const { declarationId, kept } of all) {
      expect(rows.filter((row) => row.id === declarationId)).toEqual([
        { id: declarationId, outcome: kept?.decision, consentId: kept?.consentId, acknowledged: true },
      ]);
      expect(held.filter((poa) => poa.declarationId === declarationId)).toMatchObject([
        { outcome: kept?.decision, received: 1 },
      ]);
    }
  }

  /** Whatever was killed between settling and the checkpoint: the log has every receipt once, and holds together. */
  async function expectEachLoggedOnce(): Promise<void> {
    const { pool } = world.db;
    const { rows } = await untilItWorks(async () => {
      const found = await pool.query<{ outcomes: number; leaves: number; unlogged: number }>(
        `SELECT (SELECT count(*) FROM version_outcomes WHERE sealed_report IS NOT NULL) AS outcomes,
           (SELECT count(*) FROM log_leaves) AS leaves,
           (SELECT count(*) FROM version_outcomes o WHERE sealed_report IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM log_leaves l WHERE l.outcome_id = o.outcome_id)) AS unlogged`,
      );
      if (found.rows[0]?.unlogged !== 0) throw new Error('not all are in the log yet');
      return found;
    });
    expect(rows[0]?.leaves).toBe(rows[0]?.outcomes);
    const findings: Finding[] = [];
    const keysPool = createPool(world.stack.databases.KEYS_DATABASE_URL, { max: 1 });
    const { verifierKey } = createCheckpointSigner(
      'localhost/log',
      JSON.parse(world.stack.env.LOG_KEY ?? ''),
    );
    const what = { pool, heads: createHeadStore(keysPool), log: parseVerifierKey(verifierKey) };
    for await (const some of auditLog(what)) findings.push(...some);
    await keysPool.end();
    expect(findings).toEqual([]);
    expect(await openAlarm(pool)).toBe(null);
  }

  /** An endpoint of the broker's for all events. */
  async function tellReceiver(): Promise<void> {
    const { rows } = await world.db.pool.query<{ clientId: string }>(
      'SELECT client_id AS "clientId" FROM brokers WHERE broker_id = $1',
      [world.brokerId],
    );
    const { api, brokers } = world.stack.endpoints;
    const known = brokers.find(({ clientId }) => clientId === rows[0]?.clientId);
    if (!known) throw new Error('no such broker');
    const broker = await logInBroker(api, known.clientId, known.clientSecret);
    const body = { url: `${receiver.url}/hooks/kill`, events: ['*'] };
    expect((await broker.request('POST', '/v1/webhook-endpoints', { body })).status).toBe(201);
  }

  /** Whatever was killed: the broker was told of each event, those of one declaration in their order, and reads each once. */
  async function expectEachTold(all: readonly Told[]): Promise<void> {
    const ids = all.map((told) => told.declarationId);
    const { pool } = world.db;
    // What was under way counts as lost when its lease is over.
    await untilItWorks(() => pool.query('UPDATE webhook_deliveries SET due_at = now() WHERE under_way'));
    await untilItWorks(async () => {
      const { rows } = await pool.query<{ left: number }>(
        `SELECT (SELECT count(*) FROM event_queue) + (SELECT count(*) FROM webhook_deliveries
           WHERE about_id = ANY($1) AND status = 'waiting') AS left`,
        [ids],
      );
      if (rows[0]?.left !== 0) throw new Error(`${rows[0]?.left} not told`);
    });
    const { rows: events } = await pool.query<{ declarationId: string; told: string[]; recorded: number }>(
      `SELECT e.declaration_id AS "declarationId", array_agg(f.message_id::text ORDER BY e.event_id) AS told,
         count(DISTINCT e.event_id) AS recorded
       FROM events e LEFT JOIN event_feed f USING (event_id) WHERE e.declaration_id = ANY($1) GROUP BY 1`,
      [ids],
    );
    expect(events).toHaveLength(all.length);
    const arrived = (await control(receiver.url, 'GET', '/messages')) as {
      id: string;
      body: { data: { declarationId: string } };
    }[];
    for (const { declarationId, told, recorded } of events) {
      const first = arrived
        .filter(({ body }) => body.data.declarationId === declarationId)
        .map(({ id }) => id);
      expect([...new Set(first)]).toEqual(told);
      expect(told).toHaveLength(recorded);
    }
  }

  return {
    stack: () => world.stack,
    database: () => world.db.pool,
    dataDir: () => dataDir,
    untilItWorks,
    declareAll,
    answerAll,
    /** Nothing acknowledged is lost, nothing happened twice: in the database, at Customs, in the log, at the broker's. */
    async expectAllOnce(all: readonly Told[]): Promise<void> {
      await expectEachSettledOnce(all);
      await expectEachLoggedOnce();
      await expectEachTold(all);
    },
  };
}
