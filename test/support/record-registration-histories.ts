/** Records the histories of registrations and of notices to Customs, as `record-histories.ts` does the POA's. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest';
import { insertCustomsNotice } from '../../db/customs-notices.ts';
import { refusePhoneChange } from '../../db/phone-changes.ts';
import { customsNoticeWorkflowId, registrationWorkflowId } from '../../domain/ids.ts';
import { frozen } from './history.ts';
import { fault as makeFail, resetStandIns, subscriber } from './registration-acts.ts';
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

const DIRECTORY = 'test/histories';

let world: RegistrationWorld;
beforeAll(async () => {
  for (const name of readdirSync(DIRECTORY).filter((file) => /^(registration|customs-notice)-/.test(file)))
    rmSync(join(DIRECTORY, name));
  world = await createRegistrationWorld({ phoneChangeHoldMs: 1_000 });
});
afterAll(() => world?.close());
beforeEach(async () => {
  await resetStandIns(world);
  await world.db.pool.query('UPDATE identities SET ended_at = now() WHERE ended_at IS NULL');
});

const fault = (at: keyof RegistrationWorld['urls'], body: object) => makeFail(world, at, body);

/** Lets the task that is under way end, where the process itself goes on. */
const settled = () => new Promise((done) => setTimeout(done, 300));

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

describe('a known person with another phone', () => {
  const MOVED = { ...WANG, phone: CHEN.phone };
  const bound = async () => {
    await subscriber(world, MOVED);
    const { subject_id } = await until(world, await register(world, WANG), { status: 'bound' });
    return subject_id ?? '';
  };

  test('at once', async () => {
    await save('phone-changed-at-once', await register(world, MOVED, MOVED.phone, await bound()));
  });

  test('after a hold, the SMS service being down at first', async () => {
    await bound();
    await fault('push', { route: '/sms', status: 503 });
    await save('phone-changed-after-hold', await register(world, MOVED));
  });

  test('refused by the person', async () => {
    const subjectId = await bound();
    const browser = await register(world, MOVED);
    await until(world, browser, { status: 'verifying', reason: 'change-of-phone' });
    await settled();
    for (const id of await refusePhoneChange(world.db.pool, subjectId))
      await world.processes.lookAgainAtRegistration(id);
    await save('phone-change-refused', browser);
  });
});

test('a phone that is bound to somebody else: theirs, and recycled', async () => {
  const next = { ...CHEN, phone: WANG.phone };
  await until(world, await register(world, WANG), { status: 'bound' });
  await subscriber(world, next);
  await save('phone-in-use', await register(world, next));
  await subscriber(world, next, { recycledAt: new Date().toISOString() });
  await fault('telecom', { route: '/number-recycling', status: 503 });
  await save('phone-recycled', await register(world, next));
});

test.each([
  ['acknowledged', []],
  ['acknowledged-after-outage', [{ status: 503 }, { drop: 'after' }]],
  ['refused', [{ status: 422 }]],
])('a notice to Customs: %s', async (name, faults) => {
  for (const what of faults) await fault('customs', { route: '/identities', ...what });
  const body = { reason: 'left', endedAt: new Date().toISOString() };
  const noticeId = await insertCustomsNotice(world.db.pool, {
    kind: 'identity-ended',
    about: uuidv7(),
    body,
  });
  await world.processes.startCustomsNotice(noticeId);
  const handle = world.client.workflow.getHandle(customsNoticeWorkflowId(noticeId));
  await handle.result();
  writeFileSync(join(DIRECTORY, `customs-notice-${name}.json`), `${frozen(await handle.fetchHistory())}\n`);
});
