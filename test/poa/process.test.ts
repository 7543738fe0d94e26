import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { poaWorkflowId } from '../../domain/ids.ts';
import { bindPerson, declare, keepConsent, propose } from '../support/poa-fixtures.ts';
import { control, createPoaWorld, ended, heldByCustoms, type PoaWorld, until } from '../support/poa-world.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
  await bindPerson(world);
});
afterAll(() => world?.close());
beforeEach(async () => {
  await control(world.customs, 'POST', '/reset');
});

describe('each order', () => {
  test('customs-started: shown, confirmed, reported once, in at most 5 state transitions', async () => {
    const { declarationId } = await declare(world, 'customs-started');
    await until(world, declarationId, 'awaiting_importer');
    const consentId = await keepConsent(world, declarationId, 'confirmed');
    const answer = await world.processes.decide(declarationId, { consentId: consentId ?? '' });
    expect(answer).toEqual({ kind: 'judged', result: { verdict: 'accepted', status: 'confirmed' } });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'confirmed', version: 1 }]);
    const { raw } = await world.client.workflow.getHandle(poaWorkflowId(declarationId)).describe();
    expect(Number(raw.workflowExecutionInfo?.stateTransitionCount)).toBeLessThanOrEqual(5);
  });

  test('declare-first: lodged, context inline, shown, declined, reported, then open for an amendment', async () => {
    const { declarationId, content: first } = await declare(world, 'declare-first');
    await until(world, declarationId, 'awaiting_importer');
    const consentId = await keepConsent(world, declarationId, 'declined');
    expect(await world.processes.decide(declarationId, { consentId: consentId ?? '' })).toMatchObject({
      result: { verdict: 'accepted', status: 'declined' },
    });
    const proposalId = await propose(world, declarationId, {
      kind: 'amendment',
      version: 2,
      content: { ...first, packages: 2 },
    });
    expect(await world.processes.amend(declarationId, { proposalId })).toMatchObject({
      result: { verdict: 'accepted', status: 'received' },
    });
    await until(world, declarationId, 'awaiting_importer');
    const again = await keepConsent(world, declarationId, 'confirmed', 2);
    await world.processes.decide(declarationId, { consentId: again ?? '' });
    await ended(world.client, declarationId);
    expect(await heldByCustoms(world, declarationId)).toMatchObject([
      { version: 1, outcome: 'declined' },
      { version: 2, outcome: 'confirmed' },
    ]);
  });

  test('consent-first: shown before Customs has it, lodged after the consent, reported', async () => {
    const { declarationId } = await declare(world, 'consent-first');
    await until(world, declarationId, 'awaiting_importer');
    expect(await control(world.customs, 'GET', '/declarations')).toEqual([]);
    const consentId = await keepConsent(world, declarationId, 'confirmed');
    await world.processes.decide(declarationId, { consentId: consentId ?? '' });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'confirmed' }]);
  });
});
