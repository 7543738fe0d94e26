/** The deadline: what was kept before it counts, whenever it is delivered. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision } from '../../domain/outcome.ts';
import { amend, inSeconds, standing, verdictOf } from '../support/poa-acts.ts';
import { bindPerson, declare, keepConsent } from '../support/poa-fixtures.ts';
import { createPoaWorld, ended, heldByCustoms, type PoaWorld, stateOf, until } from '../support/poa-world.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
  await bindPerson(world);
});
afterAll(() => world?.close());

const due = async (seconds: number) => {
  const { declarationId } = await declare(world, 'customs-started', { respondBy: inSeconds(seconds) });
  await until(world, declarationId, 'awaiting_importer');
  return declarationId;
};

const kept = async (declarationId: string, decision: Decision) => {
  const consentId = await keepConsent(world, declarationId, decision);
  if (!consentId) throw new Error('the machine was too slow: the deadline passed before the answer');
  return consentId;
};

test('an answer kept before it and delivered after it, while no worker ran, counts', async () => {
  const declarationId = await due(2);
  await world.stopWorker();
  const consentId = await kept(declarationId, 'repudiated');
  await new Promise((resolve) => setTimeout(resolve, 2_200));
  await world.client.workflow.getHandle(`poa/${declarationId}`).signal('decision', { consentId });
  await world.startWorker();
  expect(await ended(world.client, declarationId)).toEqual({ status: 'repudiated', version: 1 });
  expect(await standing(world, declarationId)).toEqual(['v1 repudiated']);
});

describe.concurrent('side by side', () => {
  test('without an answer: `expired`, reported, and the waybill is free', async () => {
    const declarationId = await due(1);
    expect(await ended(world.client, declarationId)).toEqual({ status: 'expired', version: 1 });
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'expired' }]);
    expect(await stateOf(world, declarationId)).toMatchObject({ waybill_taken: false, finished: true });
    expect(await keepConsent(world, declarationId, 'confirmed')).toBeNull();
  });

  test('an answer kept before it and never delivered counts', async () => {
    const declarationId = await due(2);
    const consentId = await kept(declarationId, 'confirmed');
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await verdictOf(world, consentId)).toBe('accepted');
  });

  test('of an amended declaration is the new one', async () => {
    const { declarationId, content } = await declare(world, 'customs-started', { respondBy: inSeconds(2) });
    await until(world, declarationId, 'awaiting_importer');
    await amend(world, declarationId, 2, { ...content, packages: 2 }, inSeconds(5));
    await new Promise((resolve) => setTimeout(resolve, 3_300));
    expect(await stateOf(world, declarationId)).toMatchObject({ status: 'awaiting_importer', version: 2 });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'expired', version: 2 });
  });
});
