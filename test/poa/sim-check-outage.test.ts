/** While the operator does not answer about the SIM, a confirmation that was kept waits for it, and is not lost. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPlaces } from '../../activities/places.ts';
import { poaWorkflowId } from '../../domain/ids.ts';
import { TASK_QUEUE } from '../../domain/messages.ts';
import {
  answer,
  cancel,
  endFaults,
  eventually,
  fault,
  pushesAbout,
  standing,
  subscribe,
  verdictOf,
} from '../support/poa-acts.ts';
import { keepConsent } from '../support/poa-fixtures.ts';
import { createPoaWorld, ended, heldByCustoms, type PoaWorld, stateOf, until } from '../support/poa-world.ts';
import { asked, consentRow, isHeld, minutesAgo, outage, someone, swappedAt } from '../support/sim-acts.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
});
afterAll(() => world?.close());
beforeEach(async () => {
  await endFaults(world.telecom);
  world.mended.length = 0;
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('an operator that does not answer', () => {
  test.each<[string, object]>([
    ['503', { status: 503 }],
    ['nothing within the time', { delayMs: 4_000 }],
    ['a dropped connection', { drop: 'before' }],
    ['what nobody understands', { status: 400 }],
  ])('%s: the answer is kept, and judged once it does', async (_what, what) => {
    const person = await someone(world);
    const { declarationId } = await asked(world, person);
    await fault(world.telecom, { route: '/number-recycling', times: 2, ...what });
    const { consentId } = await answer(world, declarationId, 'confirmed');
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await consentRow(world, consentId)).toMatchObject({
      verdict: 'accepted',
      simCheck: expect.any(Object),
    });
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'confirmed', received: 1 }]);
  });

  test('holds the answer also past the deadline; it counts when the operator is back', async () => {
    const person = await someone(world);
    const { declarationId } = await asked(world, person, { seconds: 3 });
    await outage(world);
    const { consentId, kind } = await answer(world, declarationId, 'confirmed');
    expect(kind).toBe('kept');
    await pause(3_500);
    expect(await stateOf(world, declarationId)).toMatchObject({ status: 'awaiting_importer' });
    expect(await consentRow(world, consentId)).toMatchObject({ verdict: 'pending', held: true });
    await endFaults(world.telecom);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  });

  test('also when it is the deadline that finds the answer', async () => {
    const person = await someone(world);
    const { declarationId } = await asked(world, person, { seconds: 2 });
    await outage(world);
    const consentId = (await keepConsent(world, declarationId, 'confirmed')) ?? '';
    await isHeld(world, consentId);
    await pause(1_000);
    expect(await standing(world, declarationId)).toEqual([]);
    await endFaults(world.telecom);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  });

  test('amendment, cancellation and news wait with it, and hear what became of it', async () => {
    const person = await someone(world);
    const { declarationId, submitted } = await asked(world, person);
    await outage(world);
    const { consentId } = await answer(world, declarationId, 'confirmed');
    await isHeld(world, consentId);
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
    const person = await someone(world);
    await subscribe(world, person.subjectId);
    const { declarationId } = await asked(world, person);
    await swappedAt(world, person, minutesAgo(1));
    await outage(world);
    const { consentId } = await answer(world, declarationId, 'confirmed');
    await isHeld(world, consentId);
    await endFaults(world.telecom);
    await eventually(
      () => pushesAbout(world, declarationId),
      (kinds) => kinds.length === 2,
    );
    expect(await pushesAbout(world, declarationId)).toEqual(['ask', 'ask']);
    expect(await consentRow(world, consentId)).toMatchObject({ verdict: 'void', code: 'sim-swapped' });
    expect(await stateOf(world, declarationId)).toMatchObject({ status: 'awaiting_importer' });
    // Told again of a consent that is void, it asks nobody anew.
    await world.processes.decide(declarationId, { consentId });
    await pause(300);
    expect(await pushesAbout(world, declarationId)).toHaveLength(2);
  });

  test('one whom it answers at once is looking, and is not written to', async () => {
    const person = await someone(world);
    await subscribe(world, person.subjectId);
    const { declarationId } = await asked(world, person);
    await swappedAt(world, person, minutesAgo(1));
    const { consentId, kind } = await answer(world, declarationId, 'confirmed');
    await eventually(
      () => verdictOf(world, consentId),
      (verdict) => verdict === 'void',
    );
    await pause(500);
    expect(await pushesAbout(world, declarationId)).toEqual(kind === 'judged' ? ['ask'] : ['ask', 'ask']);
  });

  test('a worker that stops while it waits loses nothing', async () => {
    const person = await someone(world);
    const { declarationId } = await asked(world, person);
    await outage(world);
    const { consentId } = await answer(world, declarationId, 'confirmed');
    await isHeld(world, consentId);
    await world.stopWorker();
    await endFaults(world.telecom);
    await world.startWorker();
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await verdictOf(world, consentId)).toBe('accepted');
  });

  test('one of that name that is configured no more is waited for', async () => {
    const person = await someone(world);
    const { declarationId } = await asked(world, person);
    const rename = (name: string) =>
      world.pool.query(
        `UPDATE identities SET verification = verification || jsonb_build_object('operator', $2::text) WHERE subject_id = $1`,
        [person.subjectId, name],
      );
    await rename('closed');
    const { consentId } = await answer(world, declarationId, 'confirmed');
    await isHeld(world, consentId);
    await rename('sandbox');
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  });
});

describe('an operator that hangs', () => {
  test('takes so many places of a worker and no more, for each operator', async () => {
    const places = createPlaces(2);
    const waiting: (() => void)[] = [];
    const hang = (name: string) =>
      places.within(name, () => new Promise<string>((resolve) => waiting.push(() => resolve(name))));
    const [first, second] = [hang('a'), hang('a')];
    expect(await hang('a')).toBeNull();
    const other = hang('b');
    waiting[0]?.();
    expect(await first).toBe('a');
    const failed = places.within('a', () => Promise.reject(new Error('away')));
    await expect(failed).rejects.toThrow('away');
    const third = hang('a');
    for (const end of waiting) end();
    expect(await Promise.all([second, third, other])).toEqual(['a', 'a', 'b']);
  });

  test('many confirmations that wait for it are all judged when it answers, and others meanwhile', async () => {
    const person = await someone(world);
    const ids: string[] = [];
    for (let i = 0; i < 24; i++) ids.push((await asked(world, person)).declarationId);
    await fault(world.telecom, { route: '/sim-swap', delayMs: 3_000, times: 100_000 });
    const kept: [id: string, consentId: string][] = [];
    for (const id of ids) kept.push([id, (await keepConsent(world, id, 'confirmed')) ?? '']);
    await Promise.all(kept.map(([id, consentId]) => world.processes.decide(id, { consentId })));
    const other = await asked(world, await someone(world));
    await answer(world, other.declarationId, 'declined');
    await until(world, other.declarationId, 'declined');
    for (const [, consentId] of kept) expect(await verdictOf(world, consentId)).toBe('pending');
    for (const [, consentId] of kept) await isHeld(world, consentId);
    await endFaults(world.telecom);
    for (const id of ids) expect(await ended(world.client, id)).toEqual({ status: 'confirmed', version: 1 });
  }, 60_000);
});

describe('the reconciliation', () => {
  const reconcile = () =>
    world.client.workflow.execute('reconciliation', { taskQueue: TASK_QUEUE, workflowId: randomUUID() });
  const past = (sql: string, id: string) => world.pool.query(sql, [id]);
  const historyLength = async (declarationId: string) => {
    const { raw } = await world.client.workflow.getHandle(poaWorkflowId(declarationId)).describe();
    return Number(raw.workflowExecutionInfo?.historyLength);
  };

  /** Once the messages of before are taken in. */
  const restingAt = async (declarationId: string): Promise<number> => {
    for (let last = 0; ; ) {
      const length = await historyLength(declarationId);
      if (length === last) return length;
      last = length;
      await pause(1_000);
    }
  };

  test('leaves alone what waits for an operator, with all that waits behind it', async () => {
    const person = await someone(world);
    const { declarationId } = await asked(world, person);
    await outage(world);
    const { consentId } = await answer(world, declarationId, 'confirmed');
    await isHeld(world, consentId);
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
      `UPDATE declarations SET respond_by = respond_by - interval '2 hours' WHERE declaration_id = $1`,
      declarationId,
    );
    const before = await restingAt(declarationId);
    for (let i = 0; i < 3; i++) await reconcile();
    expect(world.mended).toEqual([]);
    expect(await historyLength(declarationId)).toBe(before);
    await endFaults(world.telecom);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  }, 60_000);

  test('reminds a process that nobody reminded for long, since its attempts have stopped', async () => {
    const person = await someone(world);
    const { declarationId } = await asked(world, person);
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
