/** P1: what Customs refuses, and what happens while it does not answer. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  amend,
  answer,
  cancel,
  customsMode,
  endFaults,
  eventsOf,
  eventually,
  fault,
  inSeconds,
  lodgings,
  outcomesOf,
  problemsOf,
  pushesAbout,
  requestsOf,
  standing,
  subscribe,
  tryAgain,
  verdictOf,
} from '../support/poa-acts.ts';
import { bindPerson, content, declare } from '../support/poa-fixtures.ts';
import {
  control,
  createPoaWorld,
  ended,
  heldByCustoms,
  type PoaWorld,
  stateOf,
  until,
} from '../support/poa-world.ts';

const PROBLEM = { pointer: '/goods/0/hsCode', code: 'unknown-code', detail: 'No such tariff number.' };
const REFUSING = { context: 'inline', refuse: { errors: [PROBLEM] } };

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
  await subscribe(world, await bindPerson(world));
});
afterAll(() => world?.close());
beforeEach(() => control(world.customs, 'POST', '/reset'));

describe('refused', () => {
  test("the broker is told Customs' problems; the same content tried again is another act", async () => {
    await customsMode(world, REFUSING);
    const { declarationId } = await declare(world, 'declare-first');
    await until(world, declarationId, 'needs_correction');
    expect(await problemsOf(world, declarationId)).toEqual([PROBLEM]);
    await customsMode(world, { context: 'inline' });
    await tryAgain(world, declarationId);
    await until(world, declarationId, 'awaiting_importer');
    const keys = (await requestsOf(world, declarationId)).map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([`declaration/${declarationId}/1/9/1`, `declaration/${declarationId}/1/9/2`]);
    expect(await problemsOf(world, declarationId)).toBeNull();
  });

  test('an amendment of what Customs refused is lodged as an original (9)', async () => {
    await customsMode(world, REFUSING);
    const { declarationId, content: first } = await declare(world, 'declare-first');
    await until(world, declarationId, 'needs_correction');
    await customsMode(world, { context: 'inline' });
    await amend(world, declarationId, 2, { ...first, packages: 2 });
    await until(world, declarationId, 'awaiting_importer');
    expect(await lodgings(world, declarationId)).toEqual(['v1 function 9 → 422', 'v2 function 9 → 201']);
    expect(await standing(world, declarationId)).toEqual(['v1 superseded']);
  });

  test('an amendment of what Customs accepted replaces it (5)', async () => {
    const { declarationId, content: first } = await declare(world, 'declare-first');
    await until(world, declarationId, 'awaiting_importer');
    await amend(world, declarationId, 2, { ...first, packages: 2 });
    await eventually(
      () => stateOf(world, declarationId),
      (s) => s.status === 'awaiting_importer' && s.version === 2,
    );
    expect(await lodgings(world, declarationId)).toEqual(['v1 function 9 → 201', 'v2 function 5 → 201']);
  });

  test('after a consent-first consent: the outcome is set aside, the consent void, the person told, the time given again', async () => {
    await customsMode(world, REFUSING);
    const { declarationId } = await declare(world, 'consent-first', { respondBy: inSeconds(2) });
    await until(world, declarationId, 'awaiting_importer');
    // Customs cannot be reached until the deadline is past: what it refuses then is not held against the broker.
    await fault(world.customs, { route: '/declarations', status: 503, times: 100 });
    const { consentId } = await answer(world, declarationId, 'confirmed');
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    await endFaults(world.customs);
    await until(world, declarationId, 'needs_correction');
    expect(await problemsOf(world, declarationId)).toEqual([PROBLEM]);
    expect(await verdictOf(world, consentId)).toBe('void');
    expect(await outcomesOf(world, declarationId)).toMatchObject([{ outcome: 'confirmed', standing: false }]);
    const told = await eventually(
      () => pushesAbout(world, declarationId),
      (kinds) => kinds.includes('withdrawn'),
    );
    expect(told).toEqual(['ask', 'withdrawn']);
    const { respond_by } = (await stateOf(world, declarationId)) as unknown as { respond_by: Date };
    expect(respond_by.getTime() - Date.now()).toBeGreaterThan(71.9 * 3_600_000);

    await customsMode(world, { context: 'inline' });
    await tryAgain(world, declarationId);
    await until(world, declarationId, 'awaiting_importer');
    await answer(world, declarationId, 'confirmed');
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await outcomesOf(world, declarationId)).toMatchObject([
      { outcome: 'confirmed', standing: false, acknowledged: false },
      { outcome: 'confirmed', standing: true, acknowledged: true },
    ]);
  });
});

describe('without an answer', () => {
  test.each([
    ['status', { status: 503 }],
    ['connection before acting', { drop: 'before' as const }],
    ['connection after acting', { drop: 'after' as const }],
  ])(
    'every attempt sends the same bytes under the same key, and one result is held (%s)',
    async (_how, what) => {
      await fault(world.customs, { route: '/declarations', ...what });
      const { declarationId } = await declare(world, 'declare-first');
      await until(world, declarationId, 'awaiting_importer');
      const sent = await requestsOf(world, declarationId);
      expect(sent).toHaveLength(2);
      expect(new Set(sent.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(new Set(sent.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
      expect(await control(world.customs, 'GET', '/declarations')).toHaveLength(1);
    },
  );

  test('an amendment ends the attempt, whose result is found out first; then the new version replaces it', async () => {
    await fault(world.customs, { route: '/declarations', delayMs: 4_000 });
    const { declarationId, content: first } = await declare(world, 'declare-first');
    await until(world, declarationId, 'lodging');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await amend(world, declarationId, 2, { ...first, packages: 2 })).toMatchObject({
      kind: 'judged',
      result: { verdict: 'accepted' },
    });
    await until(world, declarationId, 'awaiting_importer');
    expect(await lodgings(world, declarationId)).toEqual([
      'v1 function 9 → null',
      'v1 function 9 → 201',
      'v2 function 5 → 201',
    ]);
    expect(await control(world.customs, 'GET', '/declarations')).toMatchObject([{ version: 2 }]);
  });

  test('a cancellation ends the attempt, finds out its result, takes it back, then reports', async () => {
    await fault(world.customs, { route: '/declarations', drop: 'after', times: 100 });
    const { declarationId } = await declare(world, 'declare-first');
    await eventually(
      () => requestsOf(world, declarationId),
      (sent) => sent.length > 0,
    );
    expect(await cancel(world, declarationId)).toMatchObject({ result: { verdict: 'accepted' } });
    await endFaults(world.customs);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'cancelled', version: 1 });
    expect((await lodgings(world, declarationId)).at(-1)).toBe('v1 function 1 → 201');
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'cancelled' }]);
  });

  test('messages during an outage end no process: attempts that fail while they are ended go on later', async () => {
    await fault(world.customs, { route: '/declarations', status: 503, times: 1000 });
    const { declarationId, content: first } = await declare(world, 'declare-first');
    await until(world, declarationId, 'lodging');
    for (let version = 2; version <= 6; version++) {
      await amend(world, declarationId, version, { ...first, packages: version });
    }
    await endFaults(world.customs);
    await eventually(
      () => stateOf(world, declarationId),
      (s) => s.status === 'awaiting_importer' && s.version === 6,
    );
    expect(await control(world.customs, 'GET', '/declarations')).toMatchObject([{ version: 6 }]);
  });

  test('the deadline counts while Customs cannot be reached: expired, and reported when it can', async () => {
    await fault(world.customs, { route: '/', status: 503, times: 1000 });
    const { declarationId } = await declare(world, 'declare-first', { respondBy: inSeconds(1) });
    await until(world, declarationId, 'reporting');
    expect(await standing(world, declarationId)).toEqual(['v1 expired']);
    await endFaults(world.customs);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'expired', version: 1 });
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'expired' }]);
    expect(await eventsOf(world, declarationId)).toEqual(['lodging', 'reporting', 'expired']);
  });

  test('news that flood in do not keep the lodging from its end', async () => {
    await fault(world.customs, { route: '/declarations', delayMs: 1_200 });
    const { declarationId } = await declare(world, 'declare-first', { content: content() });
    await until(world, declarationId, 'lodging');
    for (let i = 0; i < 20; i++) {
      await world.processes.lookAgain(declarationId);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await until(world, declarationId, 'awaiting_importer');
    expect(await requestsOf(world, declarationId)).toHaveLength(1);
  });
});
