/** `POST /v1/consignee-checks`: tells a broker of a mistake before it declares, and nobody who is registered. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deleteExpired } from '../../db/tidy.ts';
import {
  CHECKED_NAMES_OF_ALL,
  CHECKED_NAMES_OF_ONE,
  CONSIGNEE_CHECKS_PER_MINUTE,
} from '../../domain/limits.ts';
import { apiDeps, insertBroker, listen } from '../support/api-world.ts';
import { type BrokerClient, connectBroker } from '../support/broker-client.ts';
import { newPhone } from '../support/poa-acts.ts';
import { bindPerson, NAME } from '../support/poa-fixtures.ts';
import { createPoaWorld, type PoaWorld } from '../support/poa-world.ts';

let world: PoaWorld;
let api: Awaited<ReturnType<typeof listen>>;
let boxes = 0;
beforeAll(async () => {
  world = await createPoaWorld();
  api = await listen(await apiDeps(world.db, world.processes));
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});

const newBroker = async (): Promise<BrokerClient> => {
  const boxNumber = `CHK${++boxes}`;
  await insertBroker(world.db, boxNumber);
  return connectBroker(api.url, world.pool, boxNumber);
};
const check = (broker: BrokerClient, phone: string, name: string) =>
  broker.request('POST', '/v1/consignee-checks', { body: { phone, name } });
const person = async () => {
  const phone = newPhone();
  return { phone, subjectId: await bindPerson(world, phone) };
};

test('the registered name of the phone matches, however it is written; another one does not', async () => {
  const broker = await newBroker();
  const { phone } = await person();
  const spoken = `0${phone.slice(4, 7)}-${phone.slice(7, 10)}-${phone.slice(10)}`;
  expect((await check(broker, phone, NAME)).body).toEqual({ result: 'match' });
  expect((await check(broker, spoken, ` ${[...NAME].join(' ')} `)).body).toEqual({ result: 'match' });
  expect((await check(broker, phone, '陳某某')).body).toEqual({ result: 'no-match' });
});

test('unregistered and different are told by the same bytes; frozen, suspended and registered alike', async () => {
  const broker = await newBroker();
  const [a, b] = [await person(), await person()];
  const of = async (phone: string, name: string) => {
    const { status, headers, body } = await check(broker, phone, name);
    const told = Object.fromEntries(headers);
    for (const changing of ['x-request-id', 'date', 'ratelimit', 'keep-alive', 'connection'])
      delete told[changing];
    return { status, told, body };
  };
  expect(await of(newPhone(), NAME)).toEqual(await of(a.phone, '陳某某'));
  await world.pool.query(
    'UPDATE identities SET frozen_at = now(), suspended_at = now() WHERE subject_id = $1',
    [b.subjectId],
  );
  expect(await of(b.phone, NAME)).toEqual(await of(a.phone, NAME));
});

describe('names cannot be tried', () => {
  test('by one broker: after a few no other name of the phone is looked at, whoever it belongs to', async () => {
    const broker = await newBroker();
    for (const phone of [(await person()).phone, newPhone()]) {
      const names = Array.from({ length: CHECKED_NAMES_OF_ONE }, (_, i) => `某${i}`);
      for (const name of names) expect((await check(broker, phone, name)).status).toBe(200);
      const { status, headers, body } = await check(broker, phone, NAME);
      expect([status, body.type]).toEqual([429, '/problems/too-many-requests']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      // A name that was tried before is no new one.
      expect((await check(broker, phone, names[0] ?? '')).body).toEqual({ result: 'no-match' });
    }
  });

  test('by several at once, nor by many brokers', async () => {
    const { phone } = await person();
    const brokers = await Promise.all(Array.from({ length: 5 }, newBroker));
    const answers = await Promise.all(
      brokers.flatMap((broker, b) =>
        Array.from({ length: CHECKED_NAMES_OF_ONE + 1 }, (_, i) => check(broker, phone, `某${b}-${i}`)),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(CHECKED_NAMES_OF_ALL);
  });

  test('anew before a day is over; then what was tried is forgotten', async () => {
    const broker = await newBroker();
    const { phone } = await person();
    for (let i = 0; i < CHECKED_NAMES_OF_ONE; i++) await check(broker, phone, `某${i}`);
    await world.pool.query(`UPDATE consignee_checks SET at = at - interval '25 hours'`);
    expect((await check(broker, phone, NAME)).body).toEqual({ result: 'match' });
    await deleteExpired(world.pool);
    const { rowCount } = await world.pool.query('SELECT 1 FROM consignee_checks');
    expect(rowCount).toBe(1);
  });
});

test('a broker asks so often in a minute', async () => {
  const broker = await newBroker();
  const { headers } = await check(broker, newPhone(), NAME);
  expect(headers.get('ratelimit-policy')).toBe(`"consignee-checks";q=${CONSIGNEE_CHECKS_PER_MINUTE};w=60`);
  const answers = await Promise.all(
    Array.from({ length: CONSIGNEE_CHECKS_PER_MINUTE }, () => check(broker, newPhone(), NAME)),
  );
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
});

test('what is no phone or no name is refused by its member', async () => {
  const broker = await newBroker();
  const wrong = await check(broker, '02-2345-6789', '\u200b');
  expect(wrong.status).toBe(422);
  const pointers = wrong.body.errors.map(({ pointer }: { pointer: string }) => pointer);
  expect([...new Set(pointers)]).toEqual(['/name', '/phone']);
});
