/**
 * Between a confirmation and its settling the operator is asked whether the SIM still is the person's (attacks 9, 10): no
 * confirmation is settled unchecked, and none that was kept is lost while the operator does not answer.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { poaWorkflowId } from '../../domain/ids.ts';
import { TASK_QUEUE } from '../../domain/messages.ts';
import type { Order } from '../../domain/outcome.ts';
import type { SimCheck } from '../../domain/sim-check.ts';
import {
  amend,
  answer,
  cancel,
  endFaults,
  eventsOf,
  eventually,
  fault,
  inSeconds,
  newPhone,
  pushesAbout,
  requestsOf,
  standing,
  subscribe,
  verdictOf,
} from '../support/poa-acts.ts';
import { bindPerson, content, declare, keepConsent, NAME } from '../support/poa-fixtures.ts';
import {
  control,
  createPoaWorld,
  ended,
  heldByCustoms,
  type PoaWorld,
  stateOf,
  until,
} from '../support/poa-world.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
});
afterAll(() => world?.close());
beforeEach(async () => {
  await endFaults(world.telecom);
  world.mended.length = 0;
});

const MINUTE = 60_000;
const ago = (ms: number) => new Date(Date.now() - ms);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Person {
  phone: string;
  subjectId: string;
}

/** Verified an hour ago, unless said otherwise. */
async function someone(verifiedAt = ago(60 * MINUTE)): Promise<Person> {
  const phone = newPhone();
  return { phone, subjectId: await bindPerson(world, phone, NAME, verifiedAt) };
}

async function asked({ phone }: Person, options: { order?: Order; seconds?: number } = {}) {
  const { declarationId, content: submitted } = await declare(world, options.order ?? 'customs-started', {
    content: content({ importer: { name: NAME, phone } }),
    respondBy: inSeconds(options.seconds ?? 3_600),
  });
  await until(world, declarationId, 'awaiting_importer');
  return { declarationId, submitted };
}

const swappedAt = ({ phone }: Person, moment: Date) =>
  world.subscriber(phone, { simSwappedAt: moment.toISOString() });
const recycledAt = ({ phone }: Person, moment: Date) =>
  world.subscriber(phone, { recycledAt: moment.toISOString() });
/** Neither question is answered until `endFaults`. */
const outage = () => fault(world.telecom, { route: '/sim-swap', status: 503, times: 100_000 });

async function suspensionOf({ subjectId }: Person): Promise<string | null> {
  const { rows } = await world.pool.query<{ at: Date | null; reason: string | null }>(
    'SELECT suspended_at AS at, suspension_reason AS reason FROM identities WHERE subject_id = $1',
    [subjectId],
  );
  expect(rows[0]?.at === null).toBe(rows[0]?.reason === null);
  return rows[0]?.reason ?? null;
}

async function consentRow(consentId: string) {
  const { rows } = await world.pool.query<{
    verdict: string;
    code: string | null;
    simCheck: SimCheck | null;
    held: boolean | null;
  }>(
    `SELECT verdict, code, sim_check AS "simCheck", held_until > now() AS held FROM consents WHERE consent_id = $1`,
    [consentId],
  );
  return rows[0];
}

/** What the operator was asked about the number, in any order. */
async function questionsAbout({ phone }: Person): Promise<string[]> {
  const requests = (await control(world.telecom, 'GET', '/requests')) as { path: string; body: unknown }[];
  return requests
    .filter(({ body }) => (body as { phoneNumber?: string } | null)?.phoneNumber === phone)
    .map(({ path }) => path)
    .sort();
}

const claimsOf = (receipt: string) =>
  JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString());
const isHeld = async (consentId: string) =>
  eventually(
    () => consentRow(consentId),
    (row) => row?.held === true,
  );

describe('the same SIM', () => {
  test('is asked about once, in two questions, and told in the receipt; it costs no state transition', async () => {
    const person = await someone();
    const { declarationId } = await asked(person);
    const { consentId, ...told } = await answer(world, declarationId, 'confirmed');
    expect(told).toEqual({ kind: 'judged', result: { verdict: 'accepted', status: 'confirmed' } });
    expect(await questionsAbout(person)).toEqual(['/number-recycling/v0.2/check', '/sim-swap/v2/check']);
    const { simCheck } = (await consentRow(consentId)) ?? {};
    expect(simCheck).toMatchObject({
      operator: 'sandbox',
      simSwap: { apiVersion: 'sim-swap/v2', result: 'same', correlator: expect.any(String) },
      numberRecycling: { apiVersion: 'number-recycling/v0.2', result: 'same' },
    });
    expect(JSON.stringify(simCheck)).not.toContain(person.phone.slice(4));
    const [report] = await requestsOf(world, declarationId, '/poas');
    expect(claimsOf(String(report?.body.receipt)).consent.simCheck).toEqual(simCheck);
    await ended(world.client, declarationId);
    const { raw } = await world.client.workflow.getHandle(poaWorkflowId(declarationId)).describe();
    expect(Number(raw.workflowExecutionInfo?.stateTransitionCount)).toBeLessThanOrEqual(4);
  });

  test.each(['declined', 'repudiated'] as const)('is no question of whoever has %s', async (decision) => {
    const person = await someone();
    await swappedAt(person, ago(MINUTE));
    const { declarationId } = await asked(person);
    const { consentId, ...told } = await answer(world, declarationId, decision);
    expect(told).toMatchObject({ kind: 'judged', result: { verdict: 'accepted', status: decision } });
    expect(await consentRow(consentId)).toMatchObject({ simCheck: null });
    expect(await questionsAbout(person)).toEqual([]);
    expect(await suspensionOf(person)).toBeNull();
  });

  test('so it is when it was changed before the person was verified, also within that hour', async () => {
    const person = await someone(ago(5 * MINUTE));
    await swappedAt(person, ago(10 * MINUTE));
    const { declarationId } = await asked(person);
    expect(await answer(world, declarationId, 'confirmed')).toMatchObject({
      result: { verdict: 'accepted' },
    });
  });

  test('so it is for the new owner of a recycled number who registered that same day', async () => {
    const person = await someone(ago(5 * MINUTE));
    await recycledAt(person, ago(10 * MINUTE));
    const { declarationId } = await asked(person);
    expect(await answer(world, declarationId, 'confirmed')).toMatchObject({
      result: { verdict: 'accepted' },
    });
  });
});

describe('another SIM', () => {
  const ways: [string, (person: Person) => Promise<unknown>][] = [
    ['sim-swapped', (person) => swappedAt(person, ago(MINUTE))],
    ['number-recycled', (person) => recycledAt(person, ago(MINUTE))],
    ['number-not-found', () => fault(world.telecom, { route: '/number-recycling', status: 422, times: 1 })],
  ];
  test.each(ways)(
    '%s: the confirmation is void, the identity suspended, and the declaration waits as before',
    async (code, happen) => {
      const person = await someone();
      const { declarationId } = await asked(person);
      const before = await eventsOf(world, declarationId);
      await happen(person);
      const { consentId, ...told } = await answer(world, declarationId, 'confirmed');
      expect(told).toEqual({ kind: 'judged', result: { verdict: 'void', status: 'awaiting_importer' } });
      expect(await consentRow(consentId)).toMatchObject({
        verdict: 'void',
        code,
        simCheck: expect.any(Object),
      });
      expect(await suspensionOf(person)).toBe(code);
      expect(await standing(world, declarationId)).toEqual([]);
      // The broker hears nothing of it, and neither does Customs.
      expect(await eventsOf(world, declarationId)).toEqual(before);
      expect(await heldByCustoms(world, declarationId)).toEqual([]);
      expect(await answer(world, declarationId, 'declined')).toMatchObject({
        result: { verdict: 'accepted', status: 'declined' },
      });
    },
  );

  test('verified anew: the same declaration is confirmed anew', async () => {
    const person = await someone();
    await swappedAt(person, ago(MINUTE));
    const { declarationId } = await asked(person);
    expect(await answer(world, declarationId, 'confirmed')).toMatchObject({ result: { verdict: 'void' } });
    await verifyAnew(person);
    expect(await answer(world, declarationId, 'confirmed')).toMatchObject({
      result: { verdict: 'accepted', status: 'confirmed' },
    });
    expect(await suspensionOf(person)).toBeNull();
  });

  test('what was asked before the person was verified anew says nothing: it is asked again', async () => {
    const person = await someone();
    await swappedAt(person, ago(MINUTE));
    const { declarationId } = await asked(person);
    await fault(world.telecom, { route: '/sim-swap/v2/retrieve-date', delayMs: 1_500, times: 2 });
    const answered = answer(world, declarationId, 'confirmed');
    await eventually(
      () => questionsAbout(person),
      (questions) => questions.includes('/sim-swap/v2/retrieve-date'),
    );
    await verifyAnew(person);
    await answered;
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await suspensionOf(person)).toBeNull();
  });

  test('found at the deadline: the declaration expires, as without the answer', async () => {
    const person = await someone();
    await swappedAt(person, ago(MINUTE));
    const { declarationId } = await asked(person, { seconds: 3 });
    const consentId = (await keepConsent(world, declarationId, 'confirmed')) ?? '';
    expect(await ended(world.client, declarationId)).toEqual({ status: 'expired', version: 1 });
    expect(await consentRow(consentId)).toMatchObject({ verdict: 'void', code: 'sim-swapped' });
  });

  test.each(['amendment', 'cancellation'] as const)(
    'found when an %s is judged, which then goes on as without the answer',
    async (change) => {
      const person = await someone();
      await swappedAt(person, ago(MINUTE));
      const { declarationId, submitted } = await asked(person);
      const consentId = (await keepConsent(world, declarationId, 'confirmed')) ?? '';
      const told =
        change === 'amendment'
          ? await amend(world, declarationId, 2, { ...submitted, packages: 2 })
          : await cancel(world, declarationId);
      expect(told).toMatchObject({ result: { verdict: 'accepted' } });
      expect(await verdictOf(world, consentId)).toBe('void');
      expect(await standing(world, declarationId)).toEqual([
        change === 'amendment' ? 'v1 superseded' : 'v1 cancelled',
      ]);
    },
  );

  test('a person whose data were destroyed meanwhile has no number to ask about: void', async () => {
    const person = await someone();
    const { declarationId } = await asked(person, { seconds: 4 });
    const consentId = (await keepConsent(world, declarationId, 'confirmed')) ?? '';
    await world.pool.query('UPDATE identities SET ended_at = now() WHERE subject_id = $1', [
      person.subjectId,
    ]);
    await world.db.keys.destroy(person.subjectId);
    await world.processes.decide(declarationId, { consentId });
    expect(await consentRow(consentId)).toMatchObject({ verdict: 'void', code: 'identity-ended' });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'expired', version: 1 });
  });

  /** As a recovery leaves the identity. */
  async function verifyAnew({ subjectId }: Person): Promise<void> {
    await world.pool.query(
      `UPDATE identities SET suspended_at = NULL, suspension_reason = NULL,
         verification = verification || jsonb_build_object('verifiedAt', $2::text) WHERE subject_id = $1`,
      [subjectId, new Date().toISOString()],
    );
  }
});

describe('an operator that does not answer', () => {
  test.each<[string, object]>([
    ['503', { status: 503 }],
    ['nothing within the time', { delayMs: 4_000 }],
    ['a dropped connection', { drop: 'before' }],
    ['what nobody understands', { status: 400 }],
  ])('%s: the answer is kept, and judged once it does', async (_what, what) => {
    const person = await someone();
    const { declarationId } = await asked(person);
    await fault(world.telecom, { route: '/number-recycling', times: 2, ...what });
    const { consentId } = await answer(world, declarationId, 'confirmed');
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await consentRow(consentId)).toMatchObject({ verdict: 'accepted', simCheck: expect.any(Object) });
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'confirmed', received: 1 }]);
  });

  test('holds the answer also past the deadline; it counts when the operator is back', async () => {
    const person = await someone();
    const { declarationId } = await asked(person, { seconds: 3 });
    await outage();
    const { consentId, kind } = await answer(world, declarationId, 'confirmed');
    expect(kind).toBe('kept');
    await pause(3_500);
    expect(await stateOf(world, declarationId)).toMatchObject({ status: 'awaiting_importer' });
    expect(await consentRow(consentId)).toMatchObject({ verdict: 'pending', held: true });
    await endFaults(world.telecom);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  });

  test('also when it is the deadline that finds the answer', async () => {
    const person = await someone();
    const { declarationId } = await asked(person, { seconds: 2 });
    await outage();
    const consentId = (await keepConsent(world, declarationId, 'confirmed')) ?? '';
    await isHeld(consentId);
    await pause(1_000);
    expect(await standing(world, declarationId)).toEqual([]);
    await endFaults(world.telecom);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  });

  test('amendment, cancellation and news wait with it, and hear what became of it', async () => {
    const person = await someone();
    const { declarationId, submitted } = await asked(person);
    await outage();
    const { consentId } = await answer(world, declarationId, 'confirmed');
    await isHeld(consentId);
    expect(await cancel(world, declarationId)).toEqual({ kind: 'kept' });
    await world.processes.lookAgain(declarationId);
    expect(await stateOf(world, declarationId)).toMatchObject({ status: 'awaiting_importer' });
    await endFaults(world.telecom);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    const { rows } = await world.pool.query('SELECT verdict, code FROM proposals WHERE declaration_id = $1', [
      declarationId,
    ]);
    expect(rows).toEqual([{ verdict: 'refused', code: 'already-decided' }]);
    expect(submitted.packages).toBe(1);
  });

  test('the person who is gone by then hears that the declaration waits again, when the SIM is another', async () => {
    const person = await someone();
    await subscribe(world, person.subjectId);
    const { declarationId } = await asked(person);
    await swappedAt(person, ago(MINUTE));
    await outage();
    const { consentId } = await answer(world, declarationId, 'confirmed');
    await isHeld(consentId);
    await endFaults(world.telecom);
    await eventually(
      () => pushesAbout(world, declarationId),
      (kinds) => kinds.length === 2,
    );
    expect(await pushesAbout(world, declarationId)).toEqual(['ask', 'ask']);
    expect(await consentRow(consentId)).toMatchObject({ verdict: 'void', code: 'sim-swapped' });
    expect(await stateOf(world, declarationId)).toMatchObject({ status: 'awaiting_importer' });
    // Told again of a consent that is void, it asks nobody anew.
    await world.processes.decide(declarationId, { consentId });
    await pause(300);
    expect(await pushesAbout(world, declarationId)).toHaveLength(2);
  });

  test('one whom it answers at once is looking, and is not written to', async () => {
    const person = await someone();
    await subscribe(world, person.subjectId);
    const { declarationId } = await asked(person);
    await swappedAt(person, ago(MINUTE));
    await answer(world, declarationId, 'confirmed');
    await pause(500);
    expect(await pushesAbout(world, declarationId)).toEqual(['ask']);
  });

  test('a worker that stops while it waits loses nothing', async () => {
    const person = await someone();
    const { declarationId } = await asked(person);
    await outage();
    const { consentId } = await answer(world, declarationId, 'confirmed');
    await isHeld(consentId);
    await world.stopWorker();
    await endFaults(world.telecom);
    await world.startWorker();
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await verdictOf(world, consentId)).toBe('accepted');
  });

  test('one of that name that is configured no more is waited for', async () => {
    const person = await someone();
    const { declarationId } = await asked(person);
    const rename = (name: string) =>
      world.pool.query(
        `UPDATE identities SET verification = verification || jsonb_build_object('operator', $2::text) WHERE subject_id = $1`,
        [person.subjectId, name],
      );
    await rename('closed');
    const { consentId } = await answer(world, declarationId, 'confirmed');
    await isHeld(consentId);
    await rename('sandbox');
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  });
});

describe('the reconciliation', () => {
  const reconcile = () =>
    world.client.workflow.execute('reconciliation', { taskQueue: TASK_QUEUE, workflowId: randomUUID() });
  const past = (sql: string, id: string) => world.pool.query(sql, [id]);
  const historyLength = async (declarationId: string) => {
    const { raw } = await world.client.workflow.getHandle(poaWorkflowId(declarationId)).describe();
    return Number(raw.workflowExecutionInfo?.historyLength);
  };

  test('leaves alone what waits for an operator, with all that waits behind it', async () => {
    const person = await someone();
    const { declarationId } = await asked(person, { seconds: 2 });
    await outage();
    const { consentId } = await answer(world, declarationId, 'confirmed');
    await isHeld(consentId);
    await cancel(world, declarationId);
    await past(
      `UPDATE consents SET created_at = created_at - interval '1 hour' WHERE consent_id = $1`,
      consentId,
    );
    await past(
      `UPDATE proposals SET created_at = created_at - interval '1 hour' WHERE declaration_id = $1`,
      declarationId,
    );
    await past(
      `UPDATE declarations SET respond_by = respond_by - interval '1 hour' WHERE declaration_id = $1`,
      declarationId,
    );
    const before = await historyLength(declarationId);
    for (let i = 0; i < 3; i++) await reconcile();
    expect(world.mended).toEqual([]);
    expect(await historyLength(declarationId)).toBe(before);
    await endFaults(world.telecom);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  });

  test('reminds a process that nobody reminded for long, since its attempts have stopped', async () => {
    const person = await someone();
    const { declarationId } = await asked(person);
    await world.stopWorker();
    const consentId = (await keepConsent(world, declarationId, 'confirmed')) ?? '';
    await past(
      `UPDATE consents SET held_until = now() - interval '11 seconds' WHERE consent_id = $1`,
      consentId,
    );
    await world.startWorker();
    await reconcile();
    expect(world.mended).toEqual(['decide']);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  });
});

describe('no confirmation counts unchecked', () => {
  test('the database itself refuses it', async () => {
    const person = await someone();
    const { declarationId } = await asked(person);
    const consentId = await keepConsent(world, declarationId, 'confirmed');
    const accept = `UPDATE consents SET verdict = 'accepted' WHERE consent_id = $1`;
    await expect(world.pool.query(accept, [consentId])).rejects.toMatchObject({
      constraint: 'consents_checked',
    });
  });

  /** Whatever comes, in whichever order, while the operator comes and goes. */
  const acts = {
    answer: async (id: string) => {
      const consentId = await keepConsent(world, id, 'confirmed');
      if (consentId) await world.processes.decide(id, { consentId });
    },
    cancel: (id: string) => cancel(world, id),
    look: (id: string) => world.processes.lookAgain(id).catch(() => {}),
    deadline: (id: string) =>
      world.pool.query(
        `WITH d AS (UPDATE declarations SET respond_by = clock_timestamp() WHERE declaration_id = $1)
         UPDATE declaration_versions SET respond_by = clock_timestamp() WHERE declaration_id = $1`,
        [id],
      ),
    swap: (_id: string, person: Person) => swappedAt(person, new Date()),
    away: () => outage(),
    back: () => endFaults(world.telecom),
  };
  const orders: (keyof typeof acts)[][] = [
    ['away', 'answer', 'cancel', 'back'],
    ['away', 'answer', 'deadline', 'look', 'back'],
    ['away', 'answer', 'swap', 'cancel', 'back'],
    ['away', 'answer', 'swap', 'deadline', 'back'],
    ['swap', 'away', 'answer', 'back', 'answer'],
    ['answer', 'away', 'answer', 'cancel', 'back'],
    ['cancel', 'answer'],
    ['swap', 'answer', 'answer', 'cancel'],
    ['away', 'look', 'answer', 'look', 'back', 'look'],
  ];
  test.each(orders.map((order) => [order.join(', '), order] as const))('%s', async (_, order) => {
    const person = await someone();
    const { declarationId } = await asked(person);
    for (const act of order) await acts[act](declarationId, person);
    const { rows } = await eventually(
      () =>
        world.pool.query<{ verdict: string; checked: boolean; outcome: string | null }>(
          `SELECT c.verdict, c.sim_check IS NOT NULL AS checked, o.outcome FROM consents c
             LEFT JOIN version_outcomes o USING (consent_id) WHERE c.declaration_id = $1`,
          [declarationId],
        ),
      (result) => result.rows.every(({ verdict }) => verdict !== 'pending'),
    );
    for (const { verdict, checked, outcome } of rows) {
      expect([verdict, checked]).toEqual([verdict, verdict !== 'refused']);
      expect(outcome).toBe(verdict === 'accepted' ? 'confirmed' : null);
    }
    expect(await suspensionOf(person)).toBe(
      rows.some(({ verdict }) => verdict === 'void') ? 'sim-swapped' : null,
    );
  });
});
