/** P5: an outcome reaches Customs once in effect, or an operator sees why not. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  amend,
  answer,
  cancel,
  customsMode,
  endFaults,
  eventData,
  eventsOf,
  eventually,
  fault,
  outcomesOf,
  requestsOf,
  resolve,
  standing,
  tryAgain,
  verdictOf,
} from '../support/poa-acts.ts';
import { bindPerson, declare } from '../support/poa-fixtures.ts';
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
  await bindPerson(world);
});
afterAll(() => world?.close());
beforeEach(() => control(world.customs, 'POST', '/reset'));

const asked = async (order: 'declare-first' | 'consent-first' | 'customs-started' = 'customs-started') => {
  const { declarationId, content } = await declare(world, order);
  await until(world, declarationId, 'awaiting_importer');
  return { declarationId, content };
};

describe('an outage', () => {
  test.each([
    ['503', { status: 503, times: 2 }],
    ['connection dropped after acting', { drop: 'after' as const, times: 2 }],
    ['no answer in time', { delayMs: 3_000, times: 1 }],
  ])('the answer is judged at once and reported later, with the same bytes: %s', async (_what, what) => {
    const { declarationId } = await asked();
    await fault(world.customs, { route: '/poas', ...what });
    expect(await answer(world, declarationId, 'confirmed')).toMatchObject({
      kind: 'judged',
      result: { verdict: 'accepted', status: 'reporting' },
    });
    expect(await standing(world, declarationId)).toEqual(['v1 confirmed']);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    const sent = await requestsOf(world, declarationId, '/poas');
    expect(sent.length).toBeGreaterThan(1);
    expect(new Set(sent.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(new Set(sent.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'confirmed', received: 1 }]);
  });

  test('the same answer again is told its verdict while the report still waits', async () => {
    const { declarationId } = await asked();
    await fault(world.customs, { route: '/poas', status: 503, times: 1000 });
    const { consentId } = await answer(world, declarationId, 'declined');
    // A Signal has no answer to wait for, an Update of another id has: both are the same message again.
    const handle = world.client.workflow.getHandle(`poa/${declarationId}`);
    await handle.signal('decision', { consentId });
    expect(await handle.executeUpdate('decide', { args: [{ consentId }] })).toEqual({
      verdict: 'accepted',
      status: 'reporting',
    });
    await endFaults(world.customs);
    await until(world, declarationId, 'declined');
    expect(await outcomesOf(world, declarationId)).toHaveLength(1);
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'declined' }]);
  });

  test('nothing can be amended, cancelled or decided otherwise while the outcome is being reported', async () => {
    const { declarationId, content } = await asked();
    await fault(world.customs, { route: '/poas', status: 503, times: 1000 });
    await answer(world, declarationId, 'confirmed');
    const refused = { result: { verdict: 'refused', code: 'already-decided', status: 'reporting' } };
    expect(await amend(world, declarationId, 2, { ...content, packages: 2 })).toMatchObject(refused);
    expect(await cancel(world, declarationId)).toMatchObject(refused);
    await endFaults(world.customs);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await eventData(world, declarationId, 'proposal-refused')).toEqual([
      { code: 'already-decided', kind: 'amendment' },
      { code: 'already-decided', kind: 'cancellation' },
    ]);
  });
});

/** Customs was told another outcome of this version behind our back. */
const tellCustoms = async (declarationId: string, outcome: string) => {
  const body = { declarationId, outcome, decidedAt: new Date().toISOString() };
  const answered = await fetch(`${world.customs}/poas/${declarationId}/1`, {
    method: 'PUT',
    headers: {
      authorization: 'Bearer token-of-consentry-at-customs',
      'idempotency-key': `behind-${declarationId}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  return ((await answered.json()) as { acknowledgementNumber: string }).acknowledgementNumber;
};

describe('a contradiction', () => {
  const contradicted = async (decision: 'confirmed' | 'declined' = 'confirmed') => {
    const { declarationId, content } = await asked('declare-first');
    const acknowledgementNumber = await tellCustoms(declarationId, 'expired');
    const { consentId } = await answer(world, declarationId, decision);
    await until(world, declarationId, 'needs_attention');
    return { declarationId, acknowledgementNumber, consentId, content };
  };

  test('needs attention, with what Customs holds; neither amended nor cancelled meanwhile', async () => {
    const { declarationId, acknowledgementNumber, content } = await contradicted();
    expect(await stateOf(world, declarationId)).toMatchObject({ attention: 'contradictory-outcome' });
    expect(await eventData(world, declarationId, 'needs_attention')).toEqual([
      { code: 'contradictory-outcome', held: { outcome: 'expired', version: 1, acknowledgementNumber } },
    ]);
    const refused = { result: { verdict: 'refused', code: 'already-decided', status: 'needs_attention' } };
    expect(await amend(world, declarationId, 2, { ...content, packages: 2 })).toMatchObject(refused);
    expect(await cancel(world, declarationId)).toMatchObject(refused);
  });

  test('`retry` sends the same bytes under the same key', async () => {
    const { declarationId } = await contradicted();
    await resolve(world, declarationId, { action: 'retry' });
    const sent = await eventually(
      () => requestsOf(world, declarationId, '/poas'),
      (requests) => requests.length >= 3,
    );
    const ours = sent.filter(({ headers }) => !headers['idempotency-key']?.startsWith('behind'));
    expect(
      new Set(ours.map(({ body, headers }) => JSON.stringify([body, headers['idempotency-key']]))).size,
    ).toBe(1);
    await until(world, declarationId, 'needs_attention');
    expect(await eventsOf(world, declarationId)).toEqual([
      'lodging',
      'awaiting_context',
      'awaiting_importer',
      'reporting',
      'needs_attention',
      'reporting',
      'needs_attention',
    ]);
  });

  test('`accept-customs` sets ours aside for what Customs holds, not reported again', async () => {
    const { declarationId, acknowledgementNumber, consentId } = await contradicted();
    await resolve(world, declarationId, {
      action: 'accept-customs',
      outcome: 'expired',
      acknowledgementNumber,
    });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'expired', version: 1 });
    expect(await outcomesOf(world, declarationId)).toMatchObject([
      { outcome: 'confirmed', standing: false },
      { outcome: 'expired', source: 'customs', standing: true, acknowledged: true, consent_id: null },
    ]);
    expect(await verdictOf(world, consentId)).toBe('void');
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'expired' }]);
  });

  test('`accept-customs` of the same outcome keeps the consent', async () => {
    const { declarationId, consentId } = await contradicted();
    await resolve(world, declarationId, {
      action: 'accept-customs',
      outcome: 'confirmed',
      acknowledgementNumber: 'A9',
    });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await verdictOf(world, consentId)).toBe('accepted');
    expect(await outcomesOf(world, declarationId)).toMatchObject([
      { standing: false },
      { outcome: 'confirmed', source: 'customs', consent_id: consentId },
    ]);
  });

  test('`correct` sets ours aside; the broker amends, the importer answers anew', async () => {
    const { declarationId, consentId, content } = await contradicted('declined');
    await resolve(world, declarationId, { action: 'correct' });
    await until(world, declarationId, 'needs_correction');
    expect(await verdictOf(world, consentId)).toBe('void');
    await amend(world, declarationId, 2, { ...content, packages: 2 });
    await until(world, declarationId, 'awaiting_importer');
    await answer(world, declarationId, 'confirmed', 2);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 2 });
    expect(await heldByCustoms(world, declarationId)).toMatchObject([
      { version: 1, outcome: 'expired' },
      { version: 2, outcome: 'confirmed' },
    ]);
  });

  test('a process that needs no attention is resolved by nobody', async () => {
    const { declarationId } = await asked();
    for (const action of ['retry', 'correct'] as const) {
      expect(await resolve(world, declarationId, { action })).toMatchObject({
        result: { verdict: 'refused', code: 'already-decided', status: 'awaiting_importer' },
      });
    }
    expect(await tryAgain(world, declarationId)).toMatchObject({ result: { status: 'awaiting_importer' } });
  });
});

test('a reply code other than 00 needs attention; `retry` brings it through', async () => {
  // Until it is said otherwise: a report whose answer came too late is sent again, and would be taken.
  await customsMode(world, { context: 'inline', replyCode: '33' });
  const { declarationId } = await asked();
  await answer(world, declarationId, 'repudiated');
  await until(world, declarationId, 'needs_attention');
  expect(await stateOf(world, declarationId)).toMatchObject({ attention: 'reply-33' });
  expect(await heldByCustoms(world, declarationId)).toEqual([]);
  await customsMode(world, { context: 'inline' });
  await resolve(world, declarationId, { action: 'retry' });
  expect(await ended(world.client, declarationId)).toEqual({ status: 'repudiated', version: 1 });
  expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'repudiated' }]);
});
