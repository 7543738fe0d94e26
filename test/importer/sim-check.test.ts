/** What a person sees of the question whether their SIM still is theirs, between their confirmation and its settling. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Answer } from '../../sandbox/handset/browser.ts';
import { importer, type RunningApi, startApi } from '../support/importer-world.ts';
import { endFaults, fault } from '../support/poa-acts.ts';
import { content, declare, NAME } from '../support/poa-fixtures.ts';
import { createPoaWorld, ended, type PoaWorld, until } from '../support/poa-world.ts';
import { isHeld } from '../support/sim-acts.ts';

let world: PoaWorld;
let api: RunningApi;
/** Every decision that the API sent to its process. */
const sent: string[] = [];
beforeAll(async () => {
  world = await createPoaWorld();
  const decide: PoaWorld['processes']['decide'] = (id, message) => {
    sent.push(message.consentId);
    return world.processes.decide(id, message);
  };
  api = await startApi({ db: world.db, processes: { ...world.processes, decide } });
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});
beforeEach(() => endFaults(world.telecom));

const CONFIRMED = { version: 1, decision: 'confirmed' } as const;

/** A person whom the operator knows, and a declaration that waits for them. */
async function asked() {
  const person = await importer(api, world.db);
  await world.subscriber(person.phone);
  const { declarationId } = await declare(world, 'customs-started', {
    content: content({ importer: { name: NAME, phone: person.phone } }),
  });
  await until(world, declarationId, 'awaiting_importer');
  const { handset } = person;
  return {
    ...person,
    declarationId,
    sign: async () => handset.sign(await handset.options(declarationId, CONFIRMED)),
    waiting: async () => (await handset.inbox()).map((shown) => [shown.declarationId, shown.answer]),
  };
}

/** The same signature again until it has its verdict: on a slow machine that takes more than one try. */
const untilJudged = async (submit: () => Promise<Answer>): Promise<Answer> => {
  await expect.poll(async () => (await submit()).status, { timeout: 15_000 }).toBe(200);
  return submit();
};
const problem = (status: number, code: string) => ({ status, body: { type: `/problems/${code}` } });
const told = ({ status, body }: Answer) => [status, body];

test('another SIM: told at once, the declaration waits again, and nothing is confirmed until verified anew', async () => {
  const { handset, phone, declarationId, sign, waiting } = await asked();
  await world.subscriber(phone, { simSwappedAt: new Date().toISOString() });
  const assertion = await sign();
  const first = await untilJudged(() => handset.submit(declarationId, CONFIRMED, assertion));
  const { consentId } = first.body as { consentId: string };
  const answer = { consentId, status: 'awaiting_importer', verdict: 'void' };
  expect(told(first)).toEqual([200, answer]);
  expect(told(await handset.submit(declarationId, CONFIRMED, assertion))).toEqual([200, answer]);

  expect(await waiting()).toEqual([[declarationId, undefined]]);
  expect(await handset.declaration(declarationId)).not.toHaveProperty('answer');
  expect((await handset.ask('GET', '/app/history')).body).toEqual({ items: [] });
  expect((await handset.ask('GET', '/app/identity')).body).toMatchObject({
    suspendedAt: expect.any(String),
    suspensionReason: 'sim-swapped',
  });

  expect(await handset.submit(declarationId, CONFIRMED, await sign())).toMatchObject(
    problem(409, 'identity-suspended'),
  );
  await handset.decide(declarationId, 'repudiated');
  expect(await ended(world.client, declarationId)).toEqual({ status: 'repudiated', version: 1 });
});

test('an operator that does not answer: kept, shown as answered, told the same whenever asked, and judged when it does', async () => {
  const { handset, declarationId, sign, waiting } = await asked();
  await fault(world.telecom, { route: '/sim-swap', status: 503, times: 100_000 });
  const assertion = await sign();
  const first = await handset.submit(declarationId, CONFIRMED, assertion);
  const { consentId } = first.body as { consentId: string };
  const kept = [202, { consentId, status: 'received' }];
  expect(told(first)).toEqual(kept);
  await isHeld(world, consentId);

  // Whoever taps again meanwhile hears it at once, and the process is not told again.
  const messages = sent.length;
  for (let i = 0; i < 5; i++)
    expect(told(await handset.submit(declarationId, CONFIRMED, assertion))).toEqual(kept);
  expect(sent.length).toBe(messages);
  expect(await handset.submit(declarationId, CONFIRMED, await sign())).toMatchObject(
    problem(409, 'already-decided'),
  );
  expect(await waiting()).toEqual([]);
  expect(await handset.declaration(declarationId)).toMatchObject({
    status: 'awaiting_importer',
    answer: { decision: 'confirmed' },
  });

  await endFaults(world.telecom);
  expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  expect(told(await handset.submit(declarationId, CONFIRMED, assertion))).toEqual([
    200,
    { consentId, status: 'confirmed', verdict: 'accepted' },
  ]);
});

test('kept while the operator was away, and void by its word: the declaration waits again, asked anew', async () => {
  const { handset, phone, declarationId, sign, waiting } = await asked();
  await world.subscriber(phone, { simSwappedAt: new Date().toISOString() });
  await fault(world.telecom, { route: '/sim-swap', status: 503, times: 100_000 });
  const assertion = await sign();
  const { status, body } = await handset.submit(declarationId, CONFIRMED, assertion);
  expect(status).toBe(202);
  const { consentId } = body as { consentId: string };
  await isHeld(world, consentId);
  await endFaults(world.telecom);
  await expect.poll(waiting, { timeout: 10_000 }).toEqual([[declarationId, undefined]]);
  expect(told(await handset.submit(declarationId, CONFIRMED, assertion))).toEqual([
    200,
    { consentId, status: 'awaiting_importer', verdict: 'void' },
  ]);
});
