/** Operators of ours suspend and reinstate an identity, from the command line. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admin } from '../support/admin.ts';
import { importer, type RunningApi, startApi } from '../support/importer-world.ts';
import { content, declare, NAME } from '../support/poa-fixtures.ts';
import { createPoaWorld, ended, type PoaWorld, until } from '../support/poa-world.ts';
import { asked, judged, minutesAgo, someone, suspensionOf, swappedAt } from '../support/sim-acts.ts';

let world: PoaWorld;
let api: RunningApi;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  world = await createPoaWorld();
  api = await startApi(world);
  env = { DATABASE_URL: world.pool.options.connectionString ?? '' };
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});

const WHO_AND_WHY = ['--by', 'Chen', '--reason', 'case 2026-11'];
const identity = (verb: string, ...args: string[]) => admin(env, 'identity', verb, ...args);
const NOBODY = '00000000-0000-7000-8000-000000000000';

test('suspended by an operator, a person declines but confirms nothing until reinstated', async () => {
  const { handset, subjectId, phone } = await importer(api, world.db);
  await world.subscriber(phone);
  const { declarationId } = await declare(world, 'customs-started', {
    content: content({ importer: { name: NAME, phone } }),
  });
  await until(world, declarationId, 'awaiting_importer');
  expect(await identity('suspend', subjectId, ...WHO_AND_WHY)).toMatchObject({ code: 0, err: '' });
  const refused = await handset.ask('GET', '/app/identity');
  expect(refused.body).toMatchObject({ suspensionReason: 'operator', suspendedAt: expect.any(String) });
  await expect(handset.decide(declarationId, 'confirmed')).rejects.toThrow('409');
  expect(await identity('reinstate', subjectId, ...WHO_AND_WHY)).toMatchObject({
    code: 0,
    out: 'Reinstated: it may confirm again.\n',
  });
  await handset.decide(declarationId, 'confirmed');
  expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  const { out } = await identity('show', subjectId);
  for (const part of [subjectId, 'sandbox', 'suspended', 'reinstated', 'Chen', 'case 2026-11'])
    expect(out).toContain(part);
  for (const personal of [NAME, phone, phone.slice(4), 'A123456789']) expect(out).not.toContain(personal);
});

describe('after a SIM check', () => {
  test('the show tells what was found, and a reinstatement that it is looked at again', async () => {
    const person = await someone(world);
    const { declarationId } = await asked(world, person);
    await swappedAt(world, person, minutesAgo(1));
    await judged(world, declarationId, 'confirmed');
    const { out } = await identity('show', person.subjectId);
    expect(out).toMatch(/suspended for +sim-swapped/);
    expect(out).toMatch(new RegExp(`sim-swapped +\\S+ +${declarationId} +1 +swapped +same`));
    expect(await identity('reinstate', person.subjectId, ...WHO_AND_WHY)).toMatchObject({
      out: expect.stringContaining('It was suspended for sim-swapped: each confirmation asks'),
    });
    expect(await judged(world, declarationId, 'confirmed')).toMatchObject({ verdict: 'void' });
  });

  test("an operator's suspension outweighs what it found, whichever came first", async () => {
    const person = await someone(world);
    await swappedAt(world, person, minutesAgo(1));
    const [first, second] = [await asked(world, person), await asked(world, person)];
    await judged(world, first.declarationId, 'confirmed');
    await identity('suspend', person.subjectId, ...WHO_AND_WHY);
    expect(await suspensionOf(world, person)).toBe('operator');
    await judged(world, second.declarationId, 'confirmed');
    expect(await suspensionOf(world, person)).toBe('operator');
  });
});

describe('is refused', () => {
  test('what makes no sense', async () => {
    const { subjectId } = await someone(world);
    for (const verb of ['suspend', 'reinstate', 'show']) {
      const args = verb === 'show' ? [] : WHO_AND_WHY;
      expect(await identity(verb, NOBODY, ...args)).toMatchObject({ code: 1, out: '' });
      expect(await identity(verb, 'x', ...args)).toMatchObject({ code: 2, err: '"x" is no subject id.\n' });
    }
    expect(await identity('reinstate', subjectId, ...WHO_AND_WHY)).toMatchObject({ code: 1 });
    await identity('suspend', subjectId, ...WHO_AND_WHY);
    expect(await identity('suspend', subjectId, ...WHO_AND_WHY)).toMatchObject({ code: 1 });
    expect(await identity('suspend', subjectId, '--by', 'Chen')).toMatchObject({ code: 2 });
    const { rows } = await world.pool.query('SELECT action FROM suspensions WHERE subject_id = $1', [
      subjectId,
    ]);
    expect(rows).toEqual([{ action: 'suspended' }]);
  });

  test('to change what was recorded', async () => {
    for (const sql of [
      'DELETE FROM suspensions',
      `UPDATE suspensions SET reason = ''`,
      'TRUNCATE suspensions',
    ])
      await expect(world.pool.query(sql)).rejects.toThrow('suspensions is append-only');
  });
});
