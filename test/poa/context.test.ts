/** P2: the importer sees what Customs holds, or nothing. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  amend,
  answer,
  customsMode,
  endFaults,
  eventData,
  eventsOf,
  fault,
  lodgings,
  outcomesOf,
  problemsOf,
  resolve,
  standing,
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

const OTHER_GOODS = [
  { sequence: 1, description: 'hiking boots', quantity: '2', unit: 'PCE', price: '35.50', currency: 'USD' },
];

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
  await bindPerson(world);
});
afterAll(() => world?.close());
beforeEach(() => control(world.customs, 'POST', '/reset'));

describe('declare-first', () => {
  test('a context that comes later is waited for, then shown', async () => {
    await customsMode(world, { context: 'later', delayMs: 300 });
    const { declarationId } = await declare(world, 'declare-first');
    await until(world, declarationId, 'awaiting_context');
    expect(await eventsOf(world, declarationId)).not.toContain('awaiting_importer');
    await until(world, declarationId, 'awaiting_importer');
    await answer(world, declarationId, 'confirmed');
    await ended(world.client, declarationId);
    expect(await eventsOf(world, declarationId)).toEqual([
      'lodging',
      'awaiting_context',
      'awaiting_importer',
      'reporting',
      'confirmed',
    ]);
  });

  test('a context that overtakes the answer to the lodging is taken up with it', async () => {
    await customsMode(world, { context: 'later' });
    await fault(world.customs, { route: '/declarations', drop: 'after' });
    const { declarationId } = await declare(world, 'declare-first');
    await until(world, declarationId, 'awaiting_importer');
    expect(await lodgings(world, declarationId)).toEqual(['v1 function 9 → null', 'v1 function 9 → 202']);
  });

  test('a context that differs is shown to nobody: the broker is told where, and amends', async () => {
    await customsMode(world, { context: 'inline', alter: { goods: OTHER_GOODS, packages: 3 } });
    const { declarationId, content: first } = await declare(world, 'declare-first');
    await until(world, declarationId, 'needs_correction');
    expect(await problemsOf(world, declarationId)).toMatchObject([
      { pointer: '/goods/0/description', code: 'context-differs' },
      { pointer: '/packages', code: 'context-differs' },
    ]);
    expect(await eventsOf(world, declarationId)).not.toContain('awaiting_importer');

    await customsMode(world, { context: 'inline' });
    await amend(world, declarationId, 2, { ...first, packages: 3 });
    await until(world, declarationId, 'awaiting_importer');
    expect(await lodgings(world, declarationId)).toEqual(['v1 function 9 → 201', 'v2 function 5 → 201']);
    expect(await problemsOf(world, declarationId)).toBeNull();
  });

  test('the same content tried again after a context that differed is lodged again', async () => {
    await customsMode(world, { context: 'later', alter: { packages: 3 } });
    const { declarationId } = await declare(world, 'declare-first');
    await until(world, declarationId, 'needs_correction');
    await customsMode(world, { context: 'later' });
    expect(await tryAgain(world, declarationId)).toMatchObject({ result: { verdict: 'accepted' } });
    await until(world, declarationId, 'awaiting_importer');
    expect(await lodgings(world, declarationId)).toEqual(['v1 function 9 → 202', 'v1 function 5 → 202']);
  });
});

describe('consent-first', () => {
  const differing = async () => {
    await customsMode(world, { context: 'inline', alter: { packages: 3 } });
    const { declarationId, content: first } = await declare(world, 'consent-first');
    await until(world, declarationId, 'awaiting_importer');
    const { consentId } = await answer(world, declarationId, 'confirmed');
    await until(world, declarationId, 'needs_attention');
    await customsMode(world, { context: 'inline' });
    return { declarationId, consentId, first };
  };

  test('is reported only once the context that comes later is here', async () => {
    await customsMode(world, { context: 'later', delayMs: 400 });
    const { declarationId } = await declare(world, 'consent-first');
    await until(world, declarationId, 'awaiting_importer');
    expect(await answer(world, declarationId, 'confirmed')).toMatchObject({
      result: { verdict: 'accepted', status: 'reporting' },
    });
    expect(await heldByCustoms(world, declarationId)).toEqual([]);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'confirmed' }]);
  });

  test('a context other than what was consented to needs attention, and is never reported as confirmed', async () => {
    const { declarationId, consentId } = await differing();
    expect(await stateOf(world, declarationId)).toMatchObject({ attention: 'context-differs' });
    expect(await eventData(world, declarationId, 'needs_attention')).toEqual([{ code: 'context-differs' }]);
    expect(await standing(world, declarationId)).toEqual(['v1 confirmed']);
    expect(await verdictOf(world, consentId)).toBe('accepted');
    expect(await heldByCustoms(world, declarationId)).toEqual([]);
  });

  test('`retry` lodges what was consented to again, then reports', async () => {
    const { declarationId } = await differing();
    expect(await resolve(world, declarationId, { action: 'retry' })).toMatchObject({
      result: { verdict: 'accepted', status: 'reporting' },
    });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await lodgings(world, declarationId)).toEqual(['v1 function 9 → 201', 'v1 function 5 → 201']);
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'confirmed' }]);
  });

  test('`correct` sets the outcome aside, voids the consent, and the broker amends', async () => {
    const { declarationId, consentId, first } = await differing();
    await resolve(world, declarationId, { action: 'correct' });
    await until(world, declarationId, 'needs_correction');
    expect(await verdictOf(world, consentId)).toBe('void');
    expect(await problemsOf(world, declarationId)).toMatchObject([{ code: 'context-differs' }]);
    await amend(world, declarationId, 2, { ...first, packages: 2 });
    await until(world, declarationId, 'awaiting_importer');
    await answer(world, declarationId, 'confirmed', 2);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 2 });
    expect(await lodgings(world, declarationId)).toEqual(['v1 function 9 → 201', 'v2 function 5 → 201']);
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ version: 2, outcome: 'confirmed' }]);
  });

  test('`accept-customs` takes what Customs holds and reports nothing', async () => {
    const { declarationId, consentId } = await differing();
    const held = { outcome: 'cancelled', acknowledgementNumber: 'A7' };
    await resolve(world, declarationId, { action: 'accept-customs', ...held });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'cancelled', version: 1 });
    expect(await outcomesOf(world, declarationId)).toMatchObject([
      { outcome: 'confirmed', standing: false, acknowledged: false },
      { outcome: 'cancelled', standing: true, source: 'customs', acknowledged: true },
    ]);
    expect(await verdictOf(world, consentId)).toBe('void');
    expect(await heldByCustoms(world, declarationId)).toEqual([]);
  });

  test('`accept-customs` without what Customs holds is refused', async () => {
    const { declarationId } = await differing();
    expect(await resolve(world, declarationId, { action: 'accept-customs' })).toMatchObject({
      result: { verdict: 'refused', code: 'validation-failed', status: 'needs_attention' },
    });
    expect(await standing(world, declarationId)).toEqual(['v1 confirmed']);
  });
});

test('customs-started is shown without lodging anything', async () => {
  const { declarationId } = await declare(world, 'customs-started', { content: content() });
  await until(world, declarationId, 'awaiting_importer');
  expect(await lodgings(world, declarationId)).toEqual([]);
  await endFaults(world.customs);
});
