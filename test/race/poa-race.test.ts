/**
 * Answer, deadline, amendment and cancellation in the same instant, while workers stop and start: whoever wins, each
 * version has one outcome, an answer that was kept in time counts, and Customs holds one result of each version.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeclarationContent } from '../../domain/declaration.ts';
import { DEADLINE_MARGIN_MS } from '../../domain/limits.ts';
import { TASK_QUEUE } from '../../domain/messages.ts';
import { DECISIONS, type Decision, ORDERS, type Order } from '../../domain/outcome.ts';
import { eventsOf, inSeconds, outcomesOf, verdictOf } from '../support/poa-acts.ts';
import { bindPerson, declare, keepConsent, propose } from '../support/poa-fixtures.ts';
import {
  control,
  createPoaWorld,
  type HeldPoa,
  heldByCustoms,
  type PoaWorld,
  stateOf,
} from '../support/poa-world.ts';

const ROUNDS = 120;
/** Rounds under way at once. */
const AT_ONCE = 10;
/** The deadline is this far ahead, s. */
const DEADLINE_S = 1.5;
/** Rounds in which the deadline takes no part are decided then, ms. */
const EARLY_MS = 700;
/** What "the same instant" is, ms. */
const SPREAD_MS = 60;
const TAKING_PART = 0.6;

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
  await bindPerson(world);
});
afterAll(() => world?.close());

interface Kept {
  consentId: string;
  version: number;
  decision: Decision;
}

interface Round {
  declarationId: string;
  order: Order;
  /** Every answer that was kept. */
  kept: Kept[];
}

interface Lodged {
  declarationId: string | null;
  version: number;
  status: 'lodged' | 'cancelled';
}

/**
 * One process and its contenders, all within a few milliseconds: in every other round where the deadline's timer fires.
 * Not all of them take part each time, so that each can win.
 */
async function contend(number: number): Promise<Round> {
  const order = ORDERS[number % ORDERS.length] ?? 'declare-first';
  const began = Date.now();
  const respondBy = inSeconds(DEADLINE_S);
  const { declarationId, content } = await declare(world, order, { respondBy });
  const kept: Kept[] = [];
  const instant = number % 2 === 0 ? EARLY_MS : DEADLINE_S * 1_000 + DEADLINE_MARGIN_MS;
  const at = (ms: number) => sleep(Math.max(0, began + ms + Math.random() * SPREAD_MS - Date.now()));
  const contenders = [
    async () => {
      await at(Math.min(instant, DEADLINE_S * 1_000 - SPREAD_MS));
      const consentId = await keep(declarationId, 1, kept);
      await at(instant);
      if (consentId) await world.processes.decide(declarationId, { consentId });
    },
    () => at(instant).then(() => amend(declarationId, content, kept)),
    () => at(instant).then(() => cancel(declarationId)),
    () => at(instant).then(() => world.processes.lookAgain(declarationId).catch(() => {})),
  ];
  await Promise.all(contenders.filter(() => Math.random() < TAKING_PART).map((contender) => contender()));
  return { declarationId, order, kept };
}

/** As the API does: an answer is kept first, then sent; what the process says is only news. */
async function keep(declarationId: string, version: number, kept: Kept[]): Promise<string | null> {
  const decision = DECISIONS[Math.floor(Math.random() * DECISIONS.length)] ?? 'confirmed';
  const consentId = await keepConsent(world, declarationId, decision, version);
  if (consentId) kept.push({ consentId, version, decision });
  return consentId;
}

/** And an answer to the new version, if it comes to that. */
async function amend(declarationId: string, content: DeclarationContent, kept: Kept[]): Promise<void> {
  const change = { kind: 'amendment' as const, version: 2, content: { ...content, packages: 2 } };
  const respondBy = inSeconds(DEADLINE_S);
  const proposalId = await propose(world, declarationId, { ...change, respondBy }).catch(() => null);
  if (!proposalId) {
    // A cancellation waits to be judged: the API's transaction leaves nothing of the amendment.
    await world.pool.query(
      `DELETE FROM declaration_versions WHERE declaration_id = $1 AND version = 2 AND state = 'proposed'`,
      [declarationId],
    );
    return;
  }
  await world.processes.amend(declarationId, { proposalId });
  await sleep(Math.random() * 1_000);
  const consentId = await keep(declarationId, 2, kept);
  if (consentId) await world.processes.decide(declarationId, { consentId });
}

async function cancel(declarationId: string) {
  // Another proposal may be pending: the API refuses a second one.
  const proposalId = await propose(world, declarationId, { kind: 'cancellation' }).catch(() => null);
  if (proposalId) await world.processes.cancel(declarationId, { proposalId });
}

/** Workers come and go, and Customs with them, until told to stop. */
function disturb() {
  let going = true;
  const done = (async () => {
    while (going) {
      await sleep(1_500 + Math.random() * 2_000);
      if (Math.random() < 0.5) {
        await world.stopWorker();
        await sleep(Math.random() * 800);
        await world.startWorker();
      } else {
        const route = Math.random() < 0.5 ? '/poas' : '/declarations';
        await control(world.customs, 'POST', '/faults', { route, drop: 'after', times: 3 });
      }
    }
  })();
  return async () => {
    going = false;
    await done;
    await control(world.customs, 'DELETE', '/faults');
  };
}

/** The reconciliation's minute passes, again and again, until every process is over. */
async function settleAll(rounds: readonly Round[]): Promise<void> {
  const ids = rounds.map(({ declarationId }) => declarationId);
  const end = Date.now() + 45_000;
  for (;;) {
    const { rows } = await world.pool.query<{ id: string; status: string }>(
      `SELECT declaration_id AS id, status FROM declarations WHERE declaration_id = ANY($1) AND NOT finished
         AND status <> 'declined'
       UNION ALL SELECT declaration_id, 'proposal' FROM proposals WHERE declaration_id = ANY($1) AND verdict = 'pending'
       UNION ALL SELECT declaration_id, 'consent' FROM consents WHERE declaration_id = ANY($1) AND verdict = 'pending'`,
      [ids],
    );
    if (rows.length === 0) return;
    if (Date.now() > end) throw new Error(`still under way: ${JSON.stringify(rows)}`);
    for (const [table, column] of [
      ['declarations', 'updated_at'],
      ['declarations', 'visited_at'],
      ['consents', 'created_at'],
      ['proposals', 'created_at'],
    ])
      await world.pool.query(`UPDATE ${table} SET ${column} = ${column} - interval '1 minute'`);
    await world.client.workflow.execute('reconciliation', {
      taskQueue: TASK_QUEUE,
      workflowId: randomUUID(),
    });
    await sleep(500);
  }
}

/** Everything that must hold of one process, whoever won; answers with how its versions ended. */
async function verify({ declarationId, order, kept }: Round): Promise<string[]> {
  const all = await outcomesOf(world, declarationId);
  const outcomes = all.filter(({ standing }) => standing);
  const { rows: versions } = await world.pool.query<{ version: number; state: string }>(
    'SELECT version, state FROM declaration_versions WHERE declaration_id = $1 ORDER BY version',
    [declarationId],
  );
  const real = versions.filter(({ state }) => state !== 'refused');
  expect(real.map(({ state }) => state).at(-1)).toBe('in-force');
  // One outcome of each version that was ever in force, and no other was ever decided.
  expect(all).toHaveLength(outcomes.length);
  expect(outcomes.map(({ version }) => version).sort()).toEqual(real.map(({ version }) => version));

  // An answer that was kept is the outcome of its version.
  for (const { consentId, version, decision } of kept) {
    expect(await verdictOf(world, consentId)).toBe('accepted');
    expect(outcomes).toContainEqual(
      expect.objectContaining({ version, outcome: decision, consent_id: consentId }),
    );
  }

  // Customs holds one result of each version but the superseded, told under one key, and knows of the version in force.
  const reported = outcomes.filter(({ outcome }) => outcome !== 'superseded');
  const held = (await heldByCustoms(world, declarationId)) as (HeldPoa & { received: number })[];
  expect(held.map(({ version, outcome, received }) => [version, outcome, received]).sort()).toEqual(
    reported.map(({ version, outcome }) => [version, outcome, 1]).sort(),
  );
  const events = await eventsOf(world, declarationId);
  expect(events.filter((type) => type === 'reporting')).toHaveLength(reported.length);

  const last = outcomes.at(-1);
  const state = await stateOf(world, declarationId);
  expect(state).toMatchObject({ status: last?.outcome, version: last?.version });
  const lodged = (await control(world.customs, 'GET', '/declarations')) as Lodged[];
  const atCustoms = lodged.find((declaration) => declaration.declarationId === declarationId);
  if (atCustoms && order !== 'customs-started') {
    expect(atCustoms.version).toBeLessThanOrEqual(state.version);
    expect(atCustoms.status).toBe(last?.outcome === 'cancelled' ? 'cancelled' : 'lodged');
    if (last?.outcome === 'confirmed') expect(atCustoms.version).toBe(state.version);
  }
  return outcomes.map(({ version, outcome }) => `v${version} ${outcome}`);
}

test(`${ROUNDS} rounds of answer, amendment, cancellation and deadline at once`, async () => {
  const settled = disturb();
  const rounds: Round[] = [];
  const numbers = Array.from({ length: ROUNDS }, (_, number) => number);
  const lane = async () => {
    for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
      rounds.push(await contend(number));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  await settled();
  await settleAll(rounds);
  const seen = new Map<string, number>();
  for (const round of rounds) {
    for (const ended of await verify(round)) seen.set(ended, (seen.get(ended) ?? 0) + 1);
  }
  // It was a race: each contender won some of it.
  for (const outcome of ['v1 superseded', 'v1 cancelled', 'v1 expired'])
    expect([...seen.keys()]).toContain(outcome);
  expect([...seen.keys()].some((ended) => /^v1 (confirmed|declined|repudiated)$/.test(ended))).toBe(true);
}, 150_000);
