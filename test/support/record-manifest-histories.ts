/** Records the histories of manifests, as `record-histories.ts` does the POA's. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifestWorkflowId } from '../../domain/ids.ts';
import { apiDeps, listen } from './api-world.ts';
import { type BrokerClient, connectBroker } from './broker-client.ts';
import { frozen } from './history.ts';
import { ndjson, submissions, upload } from './manifests.ts';
import { bindPerson } from './poa-fixtures.ts';
import { control, createPoaWorld, type PoaWorld } from './poa-world.ts';

const DIRECTORY = 'test/histories';

let world: PoaWorld;
let api: Awaited<ReturnType<typeof listen>>;
let broker: BrokerClient;
beforeAll(async () => {
  for (const name of readdirSync(DIRECTORY).filter((file) => file.startsWith('manifest-')))
    rmSync(join(DIRECTORY, name));
  world = await createPoaWorld({ manifestUnderWay: 4 });
  api = await listen(await apiDeps(world.db, world.processes));
  broker = await connectBroker(api.url, world.pool, 'broker');
  await bindPerson(world);
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});

async function save(name: string, manifestId: string): Promise<void> {
  const status = async () => (await broker.get(`/v1/manifests/${manifestId}`)).body.status;
  await expect.poll(status, { timeout: 20_000 }).toBe('completed');
  const handle = world.client.workflow.getHandle(manifestWorkflowId(manifestId));
  await handle.result();
  writeFileSync(join(DIRECTORY, `manifest-${name}.json`), `${frozen(await handle.fetchHistory())}\n`);
}

test('in one turn', async () => {
  await save('completed', (await upload(broker, ndjson(submissions(2)))).body.manifestId);
});

test('in several turns, with pauses, while Customs is out', async () => {
  await control(world.customs, 'POST', '/faults', { route: '/declarations', status: 503, times: 8 });
  await save('paused', (await upload(broker, ndjson(submissions(12)))).body.manifestId);
});

test('behind an earlier one of the same broker', async () => {
  await control(world.customs, 'POST', '/faults', { route: '/declarations', status: 503, times: 8 });
  await upload(broker, ndjson(submissions(12)));
  await save('after-another', (await upload(broker, ndjson(submissions(1)))).body.manifestId);
});
