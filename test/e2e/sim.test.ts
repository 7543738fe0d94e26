/** Attacks by a SIM that is no longer the person's, on a running system through its interfaces (attacks 9, 10). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  asks,
  type Citizen,
  declared,
  eventually,
  type Outside,
  openOutside,
  shipmentFor,
  untilStatus,
} from '../support/outside.ts';

let outside: Outside;
beforeAll(async () => {
  outside = await openOutside();
});
afterAll(() => outside?.close());
afterEach(() => outside.control('telecom', 'DELETE', '/faults'));

const CONFIRM = { version: 1, decision: 'confirmed' } as const;

async function asked(changes: object = {}) {
  const citizen = await outside.citizen();
  const id = await declared(outside.broker, shipmentFor(citizen, changes));
  await asks(citizen, id);
  return { citizen, id };
}
/** Right now, as far as the operator knows. */
const happens = (citizen: Citizen, what: 'simSwappedAt' | 'recycledAt') =>
  outside.subscribe(citizen.who, { [what]: new Date().toISOString() });
const confirm = async ({ handset }: Citizen, id: string) =>
  handset.submit(id, CONFIRM, handset.sign(await handset.options(id, CONFIRM)));
/** The same signature again until it has its verdict: on a slow machine that takes more than one try. */
const judged = async ({ handset }: Citizen, id: string) => {
  const assertion = handset.sign(await handset.options(id, CONFIRM));
  const submit = () => handset.submit(id, CONFIRM, assertion);
  await eventually(async () => (await submit()).status).toBe(200);
  return submit();
};

describe.each([
  ['swapped (9)', 'simSwappedAt', 'sim-swapped'],
  ['of a number that went to somebody else (10)', 'recycledAt', 'number-recycled'],
] as const)('a SIM that was %s after the registration', (_, what, code) => {
  test('confirms nothing; the declaration stays open to be declined', async () => {
    const { citizen, id } = await asked();
    await happens(citizen, what);
    expect(await judged(citizen, id)).toMatchObject({
      body: { verdict: 'void', status: 'awaiting_importer' },
    });
    expect(await outside.poasOf(id)).toEqual([]);
    const { body } = await outside.broker.get(`/v1/declarations/${id}`);
    expect([body.status, body.answer]).toEqual(['awaiting_importer', undefined]);
    expect((await citizen.handset.ask('GET', '/app/identity')).body).toMatchObject({
      suspensionReason: code,
    });
    expect(await confirm(citizen, id)).toMatchObject({
      status: 409,
      body: { type: '/problems/identity-suspended' },
    });
    await citizen.handset.decide(id, 'repudiated');
    await untilStatus(outside.broker, id, 'repudiated');
  });

  test('confirms again once the person is verified anew with it, the same declaration too', async () => {
    const { citizen, id } = await asked();
    await happens(citizen, what);
    expect(await judged(citizen, id)).toMatchObject({ body: { verdict: 'void' } });
    expect(await outside.phoneOf(citizen.who).register(citizen.who)).toMatchObject({ status: 'bound' });
    expect((await citizen.handset.ask('GET', '/app/identity')).body).not.toHaveProperty('suspendedAt');
    expect(await judged(citizen, id)).toMatchObject({ body: { verdict: 'accepted' } });
    await untilStatus(outside.broker, id, 'confirmed');
    expect(await outside.poasOf(id)).toMatchObject([{ outcome: 'confirmed', received: 1 }]);
  });
});

describe('an operator that cannot be reached', () => {
  test('holds a confirmation, also when the worker is killed; it counts when the operator is back', async () => {
    const { citizen, id } = await asked();
    await outside.fault('telecom', { route: '/number-recycling', status: 503, times: 100_000 });
    expect(await confirm(citizen, id)).toMatchObject({ status: 202, body: { status: 'received' } });
    await outside.stack.supervisor.kill('worker', 'SIGKILL');
    await outside.stack.supervisor.restart('worker');
    expect(await outside.poasOf(id)).toEqual([]);
    expect((await outside.broker.get(`/v1/declarations/${id}`)).body.status).toBe('awaiting_importer');
    await outside.control('telecom', 'DELETE', '/faults');
    await untilStatus(outside.broker, id, 'confirmed');
    expect(await outside.poasOf(id)).toMatchObject([{ outcome: 'confirmed', received: 1 }]);
  });

  test('and whose word makes it void: the person is told by a push that it waits again', async () => {
    const { citizen, id } = await asked();
    await happens(citizen, 'simSwappedAt');
    await outside.fault('telecom', { route: '/sim-swap', drop: 'before', times: 100_000 });
    expect(await confirm(citizen, id)).toMatchObject({ status: 202 });
    await outside.control('telecom', 'DELETE', '/faults');
    const kinds = async () => (await citizen.pushed()).map((push) => (push as { kind: string }).kind);
    await eventually(kinds).toEqual(['ask', 'ask']);
    await asks(citizen, id);
  });
});
