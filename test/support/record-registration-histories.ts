/** Records the registration's histories into `test/histories/`, as `record-histories.ts` does the POA's. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, test } from 'vitest';
import { registrationWorkflowId } from '../../domain/ids.ts';
import { frozen } from './history.ts';
import {
  type Browser,
  begin,
  CHEN,
  createRegistrationWorld,
  ended,
  type RegistrationWorld,
  register,
  tryAgain,
  until,
  visitOperator,
  WANG,
} from './registration-world.ts';
import { call } from './stand-in.ts';

const DIRECTORY = 'test/histories';

let world: RegistrationWorld;
beforeAll(async () => {
  for (const name of readdirSync(DIRECTORY).filter((file) => file.startsWith('registration-')))
    rmSync(join(DIRECTORY, name));
  world = await createRegistrationWorld();
});
afterAll(() => world?.close());
beforeEach(async () => {
  for (const url of Object.values(world.urls)) await call('POST', `${url}/_control/reset`);
  await world.db.pool.query('UPDATE identities SET ended_at = now() WHERE ended_at IS NULL');
});

const fault = (at: keyof RegistrationWorld['urls'], body: object) =>
  call('POST', `${world.urls[at]}/_control/faults`, { body: { times: 1, ...body } });

/** Waits for the end and keeps the story. */
async function save(name: string, browser: Browser): Promise<void> {
  await ended(world, browser);
  const handle = world.client.workflow.getHandle(registrationWorkflowId(browser.registrationId));
  writeFileSync(join(DIRECTORY, `registration-${name}.json`), `${frozen(await handle.fetchHistory())}\n`);
}

test('bound, then recovered', async () => {
  await save('bound', await register(world, WANG));
  await save('recovered', await register(world, WANG));
});

test('refused by the operator', async () => {
  await save('number-not-verified', await register(world, WANG, CHEN.phone));
  await save('id-mismatch', await register(world, { ...WANG, idNumber: CHEN.idNumber }));
});

test('refused by Customs', async () => {
  await fault('customs', { route: '/identities', status: 422 });
  await save('customs-refused', await register(world, WANG));
});

test('over Wi-Fi, then over mobile data', async () => {
  const browser = await register(world, WANG, null);
  await until(world, browser, { status: 'awaiting_telecom', reason: 'not-on-mobile-network' });
  await visitOperator(world, await tryAgain(world, browser), WANG.phone);
  await save('wifi-first', browser);
});

test('abandoned', async () => {
  const browser = await begin(world, WANG);
  await until(world, browser, { status: 'awaiting_telecom', epoch: 1 });
  await world.db.pool.query(
    `UPDATE authorizations SET expires_at = now() WHERE registration_id = '${browser.registrationId}';
     UPDATE registrations SET updated_at = now() - interval '11 min' WHERE registration_id = '${browser.registrationId}'`,
  );
  await world.processes.authorizationReceived(browser.registrationId);
  await save('abandoned', browser);
});

test('outages of the operator and of Customs', async () => {
  await fault('telecom', { route: '/kyc-match', status: 503 });
  await fault('customs', { route: '/identities', drop: 'after' });
  await save('outages', await register(world, WANG));
});

test('while another binds the same person', async () => {
  await fault('customs', { route: '/identities', status: 422, delayMs: 1_500 });
  const first = await register(world, WANG);
  await until(world, first, { status: 'binding' });
  await save('after-another', await register(world, WANG));
});

test('a second run, and one that a newer run took over', async () => {
  const browser = await register(world, WANG);
  await ended(world, browser);
  await world.processes.startRegistration(browser.registrationId, { again: true });
  await save('second-run', browser);

  const overtaken = await begin(world, WANG);
  await until(world, overtaken, { status: 'awaiting_telecom', epoch: 1 });
  await world.db.pool.query('UPDATE registrations SET epoch = epoch + 1 WHERE registration_id = $1', [
    overtaken.registrationId,
  ]);
  await visitOperator(world, overtaken, WANG.phone);
  await save('taken-over', overtaken);
});
