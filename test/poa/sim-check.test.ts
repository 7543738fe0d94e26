/**
 * Between a confirmation and its settling the operator is asked whether the SIM still is the person's (attacks 9, 10): no
 * confirmation is settled unchecked.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { poaWorkflowId } from '../../domain/ids.ts';
import {
  amend,
  answer,
  cancel,
  endFaults,
  eventsOf,
  eventually,
  fault,
  requestsOf,
  standing,
  verdictOf,
} from '../support/poa-acts.ts';
import { keepConsent } from '../support/poa-fixtures.ts';
import { createPoaWorld, ended, heldByCustoms, type PoaWorld } from '../support/poa-world.ts';
import {
  asked,
  consentRow,
  judged,
  minutesAgo,
  outage,
  type Person,
  questionsAbout,
  recycledAt,
  someone,
  suspensionOf,
  swappedAt,
  verifyAnew,
} from '../support/sim-acts.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
});
afterAll(() => world?.close());
beforeEach(() => endFaults(world.telecom));

const claimsOf = (receipt: string) =>
  JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString());
describe('the same SIM', () => {
  test('is asked about once, in two questions, and told in the receipt; it costs no state transition', async () => {
    const person = await someone(world);
    const { declarationId } = await asked(world, person);
    const { consentId, verdict } = await judged(world, declarationId, 'confirmed');
    expect(verdict).toBe('accepted');
    expect(await questionsAbout(world, person)).toEqual([
      '/number-recycling/v0.2/check',
      '/sim-swap/v2/check',
    ]);
    const { simCheck } = (await consentRow(world, consentId)) ?? {};
    expect(simCheck).toMatchObject({
      operator: 'sandbox',
      simSwap: { apiVersion: 'sim-swap/v2', result: 'same', correlator: expect.any(String) },
      numberRecycling: { apiVersion: 'number-recycling/v0.2', result: 'same' },
    });
    expect(JSON.stringify(simCheck)).not.toContain(person.phone.slice(4));
    const [report] = await requestsOf(world, declarationId, '/poas');
    expect(claimsOf(String(report?.body.receipt)).verification.simCheck).toEqual(simCheck);
    await ended(world.client, declarationId);
    const { raw } = await world.client.workflow.getHandle(poaWorkflowId(declarationId)).describe();
    expect(Number(raw.workflowExecutionInfo?.stateTransitionCount)).toBeLessThanOrEqual(4);
  });

  test.each(['declined', 'repudiated'] as const)('is no question of whoever has %s', async (decision) => {
    const person = await someone(world);
    await swappedAt(world, person, minutesAgo(1));
    const { declarationId } = await asked(world, person);
    const { consentId, verdict } = await judged(world, declarationId, decision);
    expect(verdict).toBe('accepted');
    expect(await consentRow(world, consentId)).toMatchObject({ simCheck: null });
    expect(await questionsAbout(world, person)).toEqual([]);
    expect(await suspensionOf(world, person)).toBeNull();
  });

  test('so it is when it was changed before the person was verified, also within that hour', async () => {
    const person = await someone(world, minutesAgo(5));
    await swappedAt(world, person, minutesAgo(10));
    const { declarationId } = await asked(world, person);
    expect(await judged(world, declarationId, 'confirmed')).toMatchObject({ verdict: 'accepted' });
  });

  test('so it is for the new owner of a recycled number who registered that same day', async () => {
    const person = await someone(world, minutesAgo(5));
    await recycledAt(world, person, minutesAgo(10));
    const { declarationId } = await asked(world, person);
    expect(await judged(world, declarationId, 'confirmed')).toMatchObject({ verdict: 'accepted' });
  });
});

describe('another SIM', () => {
  const ways: [string, (person: Person) => Promise<unknown>][] = [
    ['sim-swapped', (person) => swappedAt(world, person, minutesAgo(1))],
    ['number-recycled', (person) => recycledAt(world, person, minutesAgo(1))],
    ['number-not-found', () => fault(world.telecom, { route: '/number-recycling', status: 422, times: 100 })],
  ];
  test.each(ways)(
    '%s: the confirmation is void, the identity suspended, and the declaration waits as before',
    async (code, happen) => {
      const person = await someone(world);
      const { declarationId } = await asked(world, person);
      const before = await eventsOf(world, declarationId);
      await happen(person);
      const { consentId, ...told } = await judged(world, declarationId, 'confirmed');
      expect(told).toEqual({ verdict: 'void', status: 'awaiting_importer' });
      expect(await consentRow(world, consentId)).toMatchObject({
        verdict: 'void',
        code,
        simCheck: expect.any(Object),
      });
      expect(await suspensionOf(world, person)).toBe(code);
      expect(await standing(world, declarationId)).toEqual([]);
      // The broker hears nothing of it, and neither does Customs.
      expect(await eventsOf(world, declarationId)).toEqual(before);
      expect(await heldByCustoms(world, declarationId)).toEqual([]);
      expect(await judged(world, declarationId, 'declined')).toMatchObject({ verdict: 'accepted' });
    },
  );

  test('counts from when the SIM was proved, not from when the operator had said all the rest', async () => {
    const person = await someone(world, minutesAgo(5));
    const at = minutesAgo(30).toISOString();
    await world.pool.query(
      `UPDATE registrations SET number_verification = jsonb_build_object('at', $2::text) WHERE subject_id = $1`,
      [person.subjectId, at],
    );
    await swappedAt(world, person, minutesAgo(10));
    const { declarationId } = await asked(world, person);
    const { consentId, verdict } = await judged(world, declarationId, 'confirmed');
    expect(verdict).toBe('void');
    expect(await consentRow(world, consentId)).toMatchObject({ simCheck: { since: at } });
  });

  test('verified anew: the same declaration is confirmed anew', async () => {
    const person = await someone(world);
    await swappedAt(world, person, minutesAgo(1));
    const { declarationId } = await asked(world, person);
    expect(await judged(world, declarationId, 'confirmed')).toMatchObject({ verdict: 'void' });
    await verifyAnew(world, person);
    expect(await judged(world, declarationId, 'confirmed')).toMatchObject({ verdict: 'accepted' });
    expect(await suspensionOf(world, person)).toBeNull();
  });

  test('what was asked before the person was verified anew says nothing: it is asked again', async () => {
    const person = await someone(world);
    await swappedAt(world, person, minutesAgo(1));
    const { declarationId } = await asked(world, person);
    await fault(world.telecom, { route: '/sim-swap/v2/retrieve-date', delayMs: 1_500, times: 2 });
    const answered = answer(world, declarationId, 'confirmed');
    await eventually(
      () => questionsAbout(world, person),
      (questions) => questions.includes('/sim-swap/v2/retrieve-date'),
    );
    await verifyAnew(world, person);
    await answered;
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await suspensionOf(world, person)).toBeNull();
  });

  test('found at the deadline: the declaration expires, as without the answer', async () => {
    const person = await someone(world);
    await swappedAt(world, person, minutesAgo(1));
    const { declarationId } = await asked(world, person, { seconds: 3 });
    const consentId = (await keepConsent(world, declarationId, 'confirmed')) ?? '';
    expect(await ended(world.client, declarationId)).toEqual({ status: 'expired', version: 1 });
    expect(await consentRow(world, consentId)).toMatchObject({ verdict: 'void', code: 'sim-swapped' });
  });

  test.each(['amendment', 'cancellation'] as const)(
    'found when an %s is judged, which then goes on as without the answer',
    async (change) => {
      const person = await someone(world);
      await swappedAt(world, person, minutesAgo(1));
      const { declarationId, submitted } = await asked(world, person);
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
    const person = await someone(world);
    const { declarationId } = await asked(world, person, { seconds: 4 });
    const consentId = (await keepConsent(world, declarationId, 'confirmed')) ?? '';
    await world.pool.query('UPDATE identities SET ended_at = now() WHERE subject_id = $1', [
      person.subjectId,
    ]);
    await world.db.keys.destroy(person.subjectId);
    await world.processes.decide(declarationId, { consentId });
    expect(await consentRow(world, consentId)).toMatchObject({ verdict: 'void', code: 'identity-ended' });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'expired', version: 1 });
  });
});

describe('no confirmation counts unchecked', () => {
  test('the database itself refuses it', async () => {
    const person = await someone(world);
    const { declarationId } = await asked(world, person);
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
    swap: (_id: string, person: Person) => swappedAt(world, person, new Date()),
    away: () => outage(world),
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
    const person = await someone(world);
    const { declarationId } = await asked(world, person);
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
    expect(await suspensionOf(world, person)).toBe(
      rows.some(({ verdict }) => verdict === 'void') ? 'sim-swapped' : null,
    );
  });
});
