/** A phone that is bound to somebody else: the operator says whether the number is still theirs. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { endIdentity } from '../../db/identity-end.ts';
import { transaction } from '../../db/pool.ts';
import type { SealedPerson } from '../../db/registration/person.ts';
import {
  addPasskey,
  asked,
  declaration,
  fault,
  filed,
  left,
  liveIdentities,
  mend,
  reconcile,
  resetStandIns,
  smsTo,
  subscribe,
  subscriber,
} from '../support/registration-acts.ts';
import {
  begin,
  CHEN,
  createRegistrationWorld,
  ended,
  type RegistrationWorld,
  register,
  stateOf,
  until,
  visitOperator,
  WANG,
} from '../support/registration-world.ts';

/** Whose number it is now. */
const NEXT: SealedPerson = { ...CHEN, phone: WANG.phone };

let world: RegistrationWorld;
beforeAll(async () => {
  world = await createRegistrationWorld({ phoneChangeHoldMs: 1_000 });
});
afterAll(() => world?.close());
beforeEach(async () => {
  await resetStandIns(world);
  world.told.length = 0;
  await world.db.pool.query(
    `DELETE FROM push_subscriptions; DELETE FROM customs_notices; DELETE FROM declarations;
     UPDATE identities SET ended_at = now() WHERE ended_at IS NULL`,
  );
});

/** Somebody was bound to the number a month ago; then the operator gave it to the next. */
async function holder(daysAgo = 30) {
  const browser = await register(world, WANG);
  const { subject_id } = await until(world, browser, { status: 'bound' });
  const verifiedAt = new Date(Date.now() - daysAgo * 86_400_000).toISOString();
  await world.db.pool.query(
    `UPDATE identities SET verification = jsonb_set(verification, '{verifiedAt}', to_jsonb($2::text)) WHERE subject_id = $1`,
    [subject_id, verifiedAt],
  );
  await addPasskey(world, browser.registrationId, subject_id);
  await subscribe(world, subject_id);
  return { subjectId: subject_id ?? '', registrationId: browser.registrationId };
}
const recycled = (daysAgo = 1) =>
  subscriber(world, NEXT, { recycledAt: new Date(Date.now() - daysAgo * 86_400_000).toISOString() });
const identity = async (subjectId: string) =>
  (await world.db.pool.query('SELECT * FROM identities WHERE subject_id = $1', [subjectId])).rows[0];
/** Questions about the number that the operator answered; one with a token that it had forgotten is asked again. */
const questions = async () =>
  (await asked(world, 'telecom', '/number-recycling'))
    .filter(({ status }) => status !== 401)
    .map(({ body }) => body);
const notices = async () =>
  (await world.db.pool.query('SELECT kind, about, body, acknowledged_at FROM customs_notices')).rows;
const noticesAcknowledged = () =>
  expect
    .poll(async () => (await notices()).every((row) => row.acknowledged_at !== null), { timeout: 10_000 })
    .toBe(true);

test('recycled: the earlier identity ends, its file too, its open asks look anew, and the next one is bound', async () => {
  const before = await holder();
  const open = await declaration(world, 'awaiting_importer', { subjectId: before.subjectId });
  await recycled();
  const browser = await register(world, NEXT);
  expect(await ended(world, browser)).toEqual({ status: 'bound', reason: null });
  expect(await liveIdentities(world)).toMatchObject([{ registration_id: browser.registrationId }]);
  expect(await identity(before.subjectId)).toMatchObject({
    ended_at: expect.any(Date),
    id_index: null,
    phone_index: null,
  });
  expect(await left(world, before.subjectId)).toEqual({ passkeys: 0, sessions: 0, identities: 1 });
  expect((await world.db.pool.query('SELECT 1 FROM push_subscriptions')).rowCount).toBe(0);
  expect(world.told).toEqual([open]);
  await noticesAcknowledged();
  const [notice] = await notices();
  expect(notice).toMatchObject({ kind: 'identity-ended', about: before.registrationId });
  expect(JSON.parse(notice.body)).toEqual({ reason: 'number-recycled', endedAt: expect.any(String) });
  expect(await filed(world)).toMatchObject([{ idNumber: NEXT.idNumber, phone: NEXT.phone }]);
  expect(await stateOf(world, browser.registrationId)).toMatchObject({
    number_recycling: { result: 'recycled', holder: before.subjectId, correlator: expect.any(String) },
  });
});

test('the day asked about is that of the last proof, by the calendar of Taiwan', async () => {
  const { subjectId } = await holder();
  await world.db.pool.query(
    `UPDATE identities SET verification = jsonb_set(verification, '{verifiedAt}', '"2026-03-31T16:30:00Z"')
     WHERE subject_id = $1`,
    [subjectId],
  );
  await recycled();
  await ended(world, await register(world, NEXT));
  expect(await questions()).toEqual([{ phoneNumber: WANG.phone, specifiedDate: '2026-04-01' }]);
});

test('not recycled: phone-in-use, and nothing has changed', async () => {
  const { subjectId } = await holder();
  await subscriber(world, NEXT);
  const browser = await register(world, NEXT);
  expect(await ended(world, browser)).toEqual({ status: 'refused', reason: 'phone-in-use' });
  expect(await left(world, subjectId)).toEqual({ passkeys: 1, sessions: 1, identities: 1 });
  expect((await identity(subjectId)).ended_at).toBeNull();
  expect(await notices()).toEqual([]);
});

test('an outage neither binds nor refuses: it is shown and waited out', async () => {
  const { subjectId } = await holder();
  await recycled();
  await fault(world, 'telecom', { route: '/number-recycling', status: 503, times: 1_000 });
  const browser = await register(world, NEXT);
  await until(world, browser, { status: 'verifying', reason: 'operator-unavailable' });
  expect((await identity(subjectId)).ended_at).toBeNull();
  await mend(world, 'telecom');
  await until(world, browser, { status: 'bound', reason: null }, 15_000);
  expect(await asked(world, 'telecom', '/kyc-match')).toHaveLength(2);
});

test('the holder proves the number anew between question and answer: the answer is not about that proof', async () => {
  const { subjectId } = await holder();
  const other = await begin(world, CHEN);
  await recycled();
  await fault(world, 'telecom', { route: '/number-recycling', delayMs: 1_500 });
  const browser = await begin(world, NEXT);
  await visitOperator(world, browser, NEXT.phone);
  await expect.poll(async () => (await questions()).length, { timeout: 10_000 }).toBe(1);
  await world.db.pool.query('UPDATE identities SET registration_id = $2 WHERE subject_id = $1', [
    subjectId,
    other.registrationId,
  ]);
  await subscriber(world, NEXT);
  await until(world, browser, { status: 'refused', reason: 'phone-in-use' }, 15_000);
  expect(await questions()).toHaveLength(2);
  expect((await identity(subjectId)).ended_at).toBeNull();
});

test('a known person moves to a number that was recycled: the holder ends at once, the move waits its time', async () => {
  const { subjectId: holderId } = await holder();
  const { subject_id: moving } = await until(world, await register(world, CHEN), { status: 'bound' });
  await recycled();
  const browser = await register(world, NEXT);
  await until(world, browser, { status: 'verifying', reason: 'change-of-phone' });
  expect((await identity(holderId)).ended_at).not.toBeNull();
  expect(await ended(world, browser)).toEqual({ status: 'bound', reason: null });
  expect(await liveIdentities(world)).toMatchObject([
    { subject_id: moving, phone_index: world.db.index.ofPhone(NEXT.phone) },
  ]);
  expect(await smsTo(world, CHEN.phone)).toHaveLength(1);
});

test('two at once for one recycled number: one of them is bound', async () => {
  await holder();
  await recycled();
  const both = await Promise.all([register(world, NEXT), register(world, NEXT)]);
  for (const browser of both) await until(world, browser, { status: 'bound' }, 15_000);
  expect(await liveIdentities(world)).toHaveLength(1);
  expect(await notices()).toHaveLength(1);
});

test('killed before anybody was told: the notice and the open asks are found by the reconciliation', async () => {
  const before = await holder();
  const open = await declaration(world, 'awaiting_importer', { subjectId: before.subjectId });
  await transaction(world.db.pool, (client) =>
    endIdentity(client, { subjectId: before.subjectId, reason: 'number-recycled' }),
  );
  await reconcile(world);
  expect(world.told).toEqual([]);
  await world.db.pool.query(
    `UPDATE identities SET ended_at = ended_at - interval '11 seconds' WHERE subject_id = '${before.subjectId}';
     UPDATE customs_notices SET visited_at = visited_at - interval '11 seconds'`,
  );
  await reconcile(world);
  expect(world.told).toEqual([open]);
  await noticesAcknowledged();
  expect(await filed(world)).toEqual([]);
});
