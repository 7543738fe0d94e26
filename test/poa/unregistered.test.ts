/** P3: whose declaration it is. Nobody registered, somebody else's name, a binding that ended. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  answer,
  eventsOf,
  eventually,
  inSeconds,
  newPhone,
  problemsOf,
  pushesAbout,
  smsTo,
  standing,
  subscribe,
  tryAgain,
} from '../support/poa-acts.ts';
import { bindPerson, content, declare, NAME } from '../support/poa-fixtures.ts';
import { createPoaWorld, ended, heldByCustoms, type PoaWorld, stateOf, until } from '../support/poa-world.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
});
afterAll(() => world?.close());

const declareTo = (phone: string, name = NAME, respondBy?: Date) =>
  declare(world, 'customs-started', {
    content: content({ importer: { name, phone } }),
    ...(respondBy && { respondBy }),
  });

/** The registration became bound, and tells those that wait. */
const register = async (phone: string, declarationId: string, name = NAME) => {
  const subjectId = await bindPerson(world, phone, name);
  await world.processes.lookAgain(declarationId);
  return subjectId;
};

const endBinding = (subjectId: string) =>
  world.pool.query('UPDATE identities SET ended_at = now() WHERE subject_id = $1', [subjectId]);

test('nobody is registered with the phone: one invitation in 24 h, however many declarations wait', async () => {
  const phone = newPhone();
  const all = await Promise.all([1, 2, 3].map(() => declareTo(phone)));
  for (const { declarationId } of all) await until(world, declarationId, 'awaiting_registration');
  expect(await smsTo(world, phone)).toEqual([expect.stringContaining('http://localhost/')]);

  await world.pool.query(
    `UPDATE notifications SET created_at = now() - interval '25 hours' WHERE kind = 'invitation'`,
  );
  const { declarationId } = await declareTo(phone);
  await until(world, declarationId, 'awaiting_registration');
  await eventually(
    () => smsTo(world, phone),
    (sent) => sent.length === 2,
  );
});

test('whoever registers meanwhile is shown it, and answers', async () => {
  const phone = newPhone();
  const { declarationId } = await declareTo(phone);
  await until(world, declarationId, 'awaiting_registration');
  await register(phone, declarationId);
  await until(world, declarationId, 'awaiting_importer');
  await answer(world, declarationId, 'confirmed');
  expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
});

test('news without a registration change nothing', async () => {
  const phone = newPhone();
  const { declarationId } = await declareTo(phone);
  await until(world, declarationId, 'awaiting_registration');
  await world.processes.lookAgain(declarationId);
  await world.processes.lookAgain(declarationId);
  await eventually(
    async () =>
      (await world.pool.query('SELECT step FROM declarations WHERE declaration_id = $1', [declarationId]))
        .rows[0],
    ({ step }) => step >= 3,
  );
  expect(await eventsOf(world, declarationId)).toEqual(['awaiting_registration']);
  expect(await smsTo(world, phone)).toHaveLength(1);
});

test('nobody registers by the deadline: `unregistered`, and Customs is told', async () => {
  const { declarationId } = await declareTo(newPhone(), NAME, inSeconds(1));
  expect(await ended(world.client, declarationId)).toEqual({ status: 'unregistered', version: 1 });
  expect(await standing(world, declarationId)).toEqual(['v1 unregistered']);
  expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'unregistered' }]);
});

test.each([
  ['王小明', '王 小明'],
  ['CHEN Ta-Wen', 'Ｃｈｅｎ　ｔａ-ｗｅｎ'],
  ['ﾁﾝ', 'チン'],
  ['Zoë Lin', 'Zoe\u0308 LIN'],
])('a name is the same however it is written: %s and %s', async (bound, declared) => {
  const phone = newPhone();
  await bindPerson(world, phone, bound);
  const { declarationId } = await declareTo(phone, declared);
  await until(world, declarationId, 'awaiting_importer');
});

test("another's name: nothing is sent or shown to anybody; the broker corrects it", async () => {
  const phone = newPhone();
  const subjectId = await bindPerson(world, phone, '王小明');
  await subscribe(world, subjectId);
  const { declarationId } = await declareTo(phone, '王大明');
  await until(world, declarationId, 'needs_correction');
  expect(await problemsOf(world, declarationId)).toMatchObject([
    { pointer: '/importer/name', code: 'name-mismatch' },
  ]);
  expect(await pushesAbout(world, declarationId)).toEqual([]);
  expect(await smsTo(world, phone)).toEqual([]);
  const { rows } = await world.pool.query(
    'SELECT shown_to FROM declaration_versions WHERE declaration_id = $1',
    [declarationId],
  );
  expect(rows).toEqual([{ shown_to: null }]);

  // The right person registers with the phone, and the broker tries the same again.
  await endBinding(subjectId);
  await bindPerson(world, phone, '王大明');
  await tryAgain(world, declarationId);
  await until(world, declarationId, 'awaiting_importer');
});

test('a binding that ends while its person is asked: the consignee is found anew', async () => {
  const phone = newPhone();
  const first = await bindPerson(world, phone);
  const { declarationId } = await declareTo(phone);
  await until(world, declarationId, 'awaiting_importer');
  await endBinding(first);
  await world.processes.lookAgain(declarationId);
  await until(world, declarationId, 'awaiting_registration');
  const second = await register(phone, declarationId);
  const state = await until(world, declarationId, 'awaiting_importer');
  expect(state).toMatchObject({ subject_id: second });
  await answer(world, declarationId, 'confirmed');
  expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
});

test('a binding that ends and is another person: the broker is told that the name differs', async () => {
  const phone = newPhone();
  const first = await bindPerson(world, phone);
  const { declarationId } = await declareTo(phone);
  await until(world, declarationId, 'awaiting_importer');
  await endBinding(first);
  await register(phone, declarationId, '李大華');
  await until(world, declarationId, 'needs_correction');
  expect((await stateOf(world, declarationId)).version).toBe(1);
});
