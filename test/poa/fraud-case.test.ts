/** "Not mine" opens a fraud case in the transaction that settles it. */
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TASK_QUEUE } from '../../domain/messages.ts';
import { answer, eventually, standing } from '../support/poa-acts.ts';
import { bindPerson, declare } from '../support/poa-fixtures.ts';
import { control, createPoaWorld, ended, type PoaWorld, until } from '../support/poa-world.ts';

let world: PoaWorld;
let subjectId: string;
beforeAll(async () => {
  world = await createPoaWorld();
  subjectId = await bindPerson(world);
});
afterAll(() => world?.close());

const asked = async () => {
  const { declarationId } = await declare(world, 'customs-started');
  await until(world, declarationId, 'awaiting_importer');
  return declarationId;
};
const casesOf = async (declarationId: string) => {
  const { rows } = await world.pool.query(
    'SELECT version, kind, subject_id AS "subjectId", resolved_at AS "resolvedAt" FROM fraud_cases WHERE declaration_id = $1',
    [declarationId],
  );
  return rows;
};

test('an answer "not mine" opens a case of its declaration and person', async () => {
  const declarationId = await asked();
  await answer(world, declarationId, 'repudiated');
  await ended(world.client, declarationId);
  expect(await standing(world, declarationId)).toEqual(['v1 repudiated']);
  expect(await casesOf(declarationId)).toEqual([
    { version: 1, kind: 'repudiated', subjectId, resolvedAt: null },
  ]);
});

test('Customs is told of the case by the reconciliation, once', async () => {
  const declarationId = await asked();
  await answer(world, declarationId, 'repudiated');
  await ended(world.client, declarationId);
  await world.pool.query(`UPDATE customs_notices SET visited_at = now() - interval '1 minute'`);
  for (let run = 0; run < 2; run++) {
    await world.client.workflow.execute('reconciliation', { taskQueue: TASK_QUEUE, workflowId: uuidv7() });
  }
  const { rows } = await world.pool.query<{ number: string }>(
    'SELECT declaration_number AS number FROM declarations WHERE declaration_id = $1',
    [declarationId],
  );
  const held = async () => {
    const cases = (await control(world.customs, 'GET', '/fraud-cases')) as { declarationId: string }[];
    return cases.filter((opened) => opened.declarationId === declarationId);
  };
  expect(await eventually(held, (cases) => cases.length > 0)).toEqual([
    expect.objectContaining({ kind: 'repudiated', version: 1, reference: rows[0]?.number }),
  ]);
});

test.each(['confirmed', 'declined'] as const)('an answer "%s" opens none', async (decision) => {
  const declarationId = await asked();
  await answer(world, declarationId, decision);
  expect(await standing(world, declarationId)).toEqual([`v1 ${decision}`]);
  expect(await casesOf(declarationId)).toEqual([]);
});
