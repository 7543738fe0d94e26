/** Same consignee, many parcels: they are told of once, and each keeps its own answer. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { TOLD_TOGETHER_MS } from '../../domain/limits.ts';
import { apiDeps, listen } from '../support/api-world.ts';
import { type BrokerClient, connectBroker, submission } from '../support/broker-client.ts';
import { linesOf, ndjson, upload } from '../support/manifests.ts';
import { answer, endFaults, eventually, fault, newPhone, smsTo, subscribe } from '../support/poa-acts.ts';
import { bindPerson, NAME } from '../support/poa-fixtures.ts';
import { control, createPoaWorld, ended, type PoaWorld, until } from '../support/poa-world.ts';

const SMS_AFTER_MS = 1_000;

let world: PoaWorld;
let api: Awaited<ReturnType<typeof listen>>;
let broker: BrokerClient;
beforeAll(async () => {
  world = await createPoaWorld({ smsAfterMs: SMS_AFTER_MS, deliverAgainMs: 200 });
  api = await listen(await apiDeps(world.db, world.processes));
  broker = await connectBroker(api.url, world.pool, 'broker');
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});

let phone: string;
let subjectId: string;
beforeEach(async () => {
  await endFaults(world.push);
  phone = newPhone();
  subjectId = await bindPerson(world, phone);
});

const parcels = (count: number) =>
  Array.from({ length: count }, () => submission({ importer: { name: NAME, phone } }));

async function asked(bodies: object[], path = '/v1/manifests', version = 1): Promise<string[]> {
  const { body } = await upload(broker, ndjson(bodies), { path, key: randomUUID() });
  const lines = await eventually(
    () => linesOf(broker, body.manifestId),
    (all) => all.every(({ result }) => result !== undefined),
  );
  const ids = lines.map(({ declarationId }) => declarationId ?? '');
  for (const id of ids) {
    await eventually(
      () => until(world, id, 'awaiting_importer'),
      (state) => state.version === version,
    );
  }
  return ids;
}

const pushes = async () => {
  const messages = (await control(world.push, 'GET', '/messages')) as { decrypted: string | object }[];
  return messages
    .map(({ decrypted }) => (typeof decrypted === 'string' ? JSON.parse(decrypted) : decrypted))
    .filter(({ declarationId }) => mine.includes(declarationId)) as { kind: string; several?: boolean }[];
};
let mine: string[] = [];
/** Told by ringing or by the inbox: none of the messages is left to be sent. */
const told = async (ids: string[], kind = 'ask') => {
  mine = ids;
  const settled = async () => {
    const { rows } = await world.pool.query<{ how: string }>(
      `SELECT CASE WHEN sent_at IS NOT NULL THEN 'rang' WHEN held_back_at IS NOT NULL THEN 'inbox' ELSE 'open' END AS how
       FROM notifications WHERE declaration_id = ANY($1) AND kind = $2
         AND version = (SELECT version FROM declarations d WHERE d.declaration_id = notifications.declaration_id)`,
      [ids, kind],
    );
    return rows.map(({ how }) => how).sort();
  };
  return eventually(settled, (all) => all.length === ids.length && !all.includes('open'));
};

test('one push tells of all, and opens what waits; each is answered on its own', async () => {
  await subscribe(world, subjectId);
  const ids = await asked(parcels(3));
  expect(await told(ids)).toEqual(['inbox', 'inbox', 'rang']);
  expect(await pushes()).toMatchObject([{ kind: 'ask', several: true }]);
  const [a = '', b = '', c = ''] = ids;
  await answer(world, a, 'confirmed');
  await answer(world, b, 'declined');
  expect(await ended(world.client, a)).toMatchObject({ status: 'confirmed' });
  await until(world, b, 'declined');
  await until(world, c, 'awaiting_importer');
});

test('where push reaches nobody, one SMS with a link to what waits, and no personal data', async () => {
  const ids = await asked(parcels(3));
  await told(ids);
  await eventually(
    () => smsTo(world, phone),
    (sent) => sent.length > 0,
  );
  // Those held back are past the moment of an SMS of their own.
  expect(await told(ids, 'sms')).toEqual(['inbox', 'inbox', 'rang']);
  const [text, ...more] = await smsTo(world, phone);
  expect(more).toEqual([]);
  expect(text).toMatch(/Several .*\/inbox$/);
  expect(text).not.toContain(NAME);
});

test('a push that one of them was seen by is enough for all: no SMS', async () => {
  await subscribe(world, subjectId);
  const ids = await asked(parcels(2));
  await told(ids);
  await world.pool.query(
    `UPDATE notifications SET displayed_at = now() WHERE declaration_id = ANY($1) AND sent_at IS NOT NULL`,
    [ids],
  );
  await eventually(
    async () =>
      (
        await world.pool.query(
          `SELECT 1 FROM notifications WHERE declaration_id = ANY($1) AND kind = 'sms' AND held_back_at IS NOT NULL`,
          [ids],
        )
      ).rowCount,
    (count) => count === 1,
  );
  expect(await smsTo(world, phone)).toEqual([]);
});

test('while no channel takes it nobody is told that they were: it rings once one does', async () => {
  await fault(world.push, { route: '/sms', status: 503, times: 1000 });
  const { body } = await upload(broker, ndjson(parcels(3)));
  await eventually(
    async () => (await linesOf(broker, body.manifestId)).map(({ declarationId }) => declarationId ?? ''),
    (found) => found.length === 3 && found.every(Boolean),
  );
  await endFaults(world.push);
  await eventually(
    () => smsTo(world, phone),
    (sent) => sent.length > 0,
  );
});

test('what is asked much later rings anew; a parcel alone, and another person, always do', async () => {
  await subscribe(world, subjectId);
  const other = newPhone();
  await subscribe(world, await bindPerson(world, other));
  const single = submission({ importer: { name: NAME, phone: other } });
  const ids = await asked([...parcels(2), single]);
  expect(await told(ids)).toEqual(['inbox', 'rang', 'rang']);
  expect((await pushes()).map(({ several = false }) => several).sort()).toEqual([false, true]);

  await world.pool.query(
    `UPDATE notifications SET rings_at = rings_at - $2 * interval '1 millisecond' WHERE declaration_id = ANY($1)`,
    [ids, TOLD_TOGETHER_MS],
  );
  const bodies = await Promise.all(
    ids.slice(0, 2).map(async (id) => (await broker.get(`/v1/declarations/${id}`)).body),
  );
  const corrections = bodies.map((of, i) => ({
    version: 1,
    ...parcels(1)[0],
    masterWaybill: of.masterWaybill,
    houseWaybill: of.houseWaybill,
    packages: 3 + i,
  }));
  const amended = await asked(corrections, '/v1/corrections', 2);
  expect(amended).toEqual(ids.slice(0, 2));
  expect(await told(amended)).toEqual(['inbox', 'rang']);
});
