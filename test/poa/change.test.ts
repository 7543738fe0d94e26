/** Amendments and cancellations: one outcome per version, and Customs holds what is in force. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  amend,
  answer,
  cancel,
  eventData,
  eventsOf,
  eventually,
  fault,
  lodgings,
  outcomesOf,
  pushesAbout,
  resolve,
  standing,
  subscribe,
  verdictOf,
} from '../support/poa-acts.ts';
import { bindPerson, declare, keepConsent, propose } from '../support/poa-fixtures.ts';
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
  await subscribe(world, await bindPerson(world));
});
afterAll(() => world?.close());
beforeEach(() => control(world.customs, 'POST', '/reset'));

const asked = async (order: 'declare-first' | 'consent-first' | 'customs-started' = 'customs-started') => {
  const { declarationId, content } = await declare(world, order);
  await until(world, declarationId, 'awaiting_importer');
  return { declarationId, content };
};
const shown = (declarationId: string, version: number) =>
  eventually(
    () => stateOf(world, declarationId),
    (state) => state.status === 'awaiting_importer' && state.version === version,
  );

describe('an amendment', () => {
  test('between display and answer voids what was asked: the old version can be answered by nobody', async () => {
    const { declarationId, content } = await asked('declare-first');
    expect(await amend(world, declarationId, 2, { ...content, packages: 2 })).toMatchObject({
      result: { verdict: 'accepted' },
    });
    expect(await keepConsent(world, declarationId, 'confirmed', 1)).toBeNull();
    await shown(declarationId, 2);
    await answer(world, declarationId, 'confirmed', 2);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 2 });
    expect(await standing(world, declarationId)).toEqual(['v1 superseded', 'v2 confirmed']);
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ version: 2, outcome: 'confirmed' }]);
    expect(await eventsOf(world, declarationId)).toEqual([
      'lodging',
      'awaiting_context',
      'awaiting_importer',
      'amended',
      'received',
      'lodging',
      'awaiting_context',
      'awaiting_importer',
      'reporting',
      'confirmed',
    ]);
  });

  test('loses to an answer kept before it, also one not yet delivered', async () => {
    const { declarationId, content } = await asked();
    const consentId = await keepConsent(world, declarationId, 'confirmed');
    expect(await amend(world, declarationId, 2, { ...content, packages: 2 })).toMatchObject({
      result: { verdict: 'refused', code: 'already-decided' },
    });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await verdictOf(world, consentId ?? '')).toBe('accepted');
    expect(await eventData(world, declarationId, 'proposal-refused')).toEqual([
      { code: 'already-decided', kind: 'amendment' },
    ]);
    const { rows } = await world.pool.query(
      'SELECT state FROM declaration_versions WHERE declaration_id = $1 ORDER BY version',
      [declarationId],
    );
    expect(rows).toEqual([{ state: 'in-force' }, { state: 'refused' }]);
  });

  test('onto a waybill that was taken meanwhile is refused, and nothing else happened', async () => {
    const { declarationId, content } = await asked();
    const { content: other } = await asked();
    expect(
      await amend(world, declarationId, 2, { ...content, houseWaybill: other.houseWaybill }),
    ).toMatchObject({
      result: { verdict: 'refused', code: 'duplicate-waybill', status: 'awaiting_importer' },
    });
    expect(await standing(world, declarationId)).toEqual([]);
    expect(await eventsOf(world, declarationId)).toEqual(['awaiting_importer', 'proposal-refused']);
    await answer(world, declarationId, 'confirmed');
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  });

  test('of a declined version leaves its outcome and asks again; until then it is reported to Customs as declined', async () => {
    const { declarationId, content } = await asked('declare-first');
    await answer(world, declarationId, 'declined');
    await amend(world, declarationId, 2, { ...content, packages: 2 });
    await shown(declarationId, 2);
    await answer(world, declarationId, 'declined', 2);
    await amend(world, declarationId, 3, { ...content, packages: 3 });
    await shown(declarationId, 3);
    await answer(world, declarationId, 'repudiated', 3);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'repudiated', version: 3 });
    expect(await standing(world, declarationId)).toEqual(['v1 declined', 'v2 declined', 'v3 repudiated']);
    expect(await heldByCustoms(world, declarationId)).toHaveLength(3);
  });

  test('of a declined version whose seven days are over is refused', async () => {
    const { declarationId, content } = await asked();
    await answer(world, declarationId, 'declined');
    await world.pool.query(
      `UPDATE declarations SET open_until = now() - interval '1 second' WHERE declaration_id = $1`,
      [declarationId],
    );
    expect(await amend(world, declarationId, 2, { ...content, packages: 2 })).toMatchObject({
      result: { verdict: 'refused', code: 'already-decided', status: 'declined' },
    });
  });

  test('judged twice gives the same verdict once', async () => {
    const { declarationId, content } = await asked();
    const change = { kind: 'amendment' as const, version: 2, content: { ...content, packages: 2 } };
    const proposalId = await propose(world, declarationId, change);
    const handle = world.client.workflow.getHandle(`poa/${declarationId}`);
    await handle.signal('amendment', { proposalId });
    expect(await world.processes.amend(declarationId, { proposalId })).toMatchObject({
      result: { verdict: 'accepted' },
    });
    await shown(declarationId, 2);
    expect((await eventsOf(world, declarationId)).filter((type) => type === 'amended')).toHaveLength(1);
  });
});

describe('a cancellation', () => {
  test('of what we lodged takes it back with Customs (1), then reports, and tells the person', async () => {
    const { declarationId } = await asked('declare-first');
    expect(await cancel(world, declarationId)).toMatchObject({ result: { verdict: 'accepted' } });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'cancelled', version: 1 });
    expect(await lodgings(world, declarationId)).toEqual(['v1 function 9 → 201', 'v1 function 1 → 201']);
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'cancelled' }]);
    expect(await pushesAbout(world, declarationId)).toEqual(['ask', 'withdrawn']);
  });

  test.each(['consent-first', 'customs-started'] as const)(
    'of a %s not lodged by us only reports',
    async (order) => {
      const { declarationId } = await asked(order);
      await cancel(world, declarationId);
      expect(await ended(world.client, declarationId)).toEqual({ status: 'cancelled', version: 1 });
      expect(await lodgings(world, declarationId)).toEqual([]);
      expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'cancelled' }]);
    },
  );

  test('loses to an answer kept before it', async () => {
    const { declarationId } = await asked();
    const consentId = await keepConsent(world, declarationId, 'declined');
    expect(await cancel(world, declarationId)).toMatchObject({
      result: { verdict: 'refused', code: 'already-decided' },
    });
    await until(world, declarationId, 'declined');
    expect(await verdictOf(world, consentId ?? '')).toBe('accepted');
    expect(await outcomesOf(world, declarationId)).toHaveLength(1);
  });

  test('that Customs refuses needs attention; `retry` asks Customs once more', async () => {
    const { declarationId } = await asked('declare-first');
    await fault(world.customs, { route: '/declarations', status: 422 });
    await cancel(world, declarationId);
    await until(world, declarationId, 'needs_attention');
    expect(await stateOf(world, declarationId)).toMatchObject({ attention: 'cancellation-refused' });
    expect(await heldByCustoms(world, declarationId)).toEqual([]);
    await resolve(world, declarationId, { action: 'retry' });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'cancelled', version: 1 });
    expect(await lodgings(world, declarationId)).toEqual([
      'v1 function 9 → 201',
      'v1 function 1 → 422',
      'v1 function 1 → 201',
    ]);
  });

  test('frees the waybill for another declaration', async () => {
    const { declarationId, content } = await asked();
    await cancel(world, declarationId);
    await ended(world.client, declarationId);
    const again = await declare(world, 'customs-started', { content });
    await until(world, again.declarationId, 'awaiting_importer');
  });
});
