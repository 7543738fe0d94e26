/** "Not mine" opens a fraud case in the transaction that settles it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answer, standing } from '../support/poa-acts.ts';
import { bindPerson, declare } from '../support/poa-fixtures.ts';
import { createPoaWorld, ended, type PoaWorld, until } from '../support/poa-world.ts';

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

test.each(['confirmed', 'declined'] as const)('an answer "%s" opens none', async (decision) => {
  const declarationId = await asked();
  await answer(world, declarationId, decision);
  expect(await standing(world, declarationId)).toEqual([`v1 ${decision}`]);
  expect(await casesOf(declarationId)).toEqual([]);
});
