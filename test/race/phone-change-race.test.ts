/** "That was not me", said in the instant in which the hold ends: the row's lock decides, and both sides say the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusePhoneChange } from '../../db/phone-changes.ts';
import { addPasskey, left, liveIdentities, subscriber } from '../support/registration-acts.ts';
import {
  CHEN,
  createRegistrationWorld,
  ended,
  type RegistrationWorld,
  register,
  until,
  WANG,
} from '../support/registration-world.ts';

let world: RegistrationWorld;
beforeAll(async () => {
  world = await createRegistrationWorld();
});
afterAll(() => world?.close());

const MOVED = { ...WANG, phone: CHEN.phone };

/** How long after the hold ends the person objects, ms: from surely before the process knows to surely after. */
const DELAYS = [0, 0, 4, 8, 12, 16, 20, 24, 28, 32, 40, 50, 60, 80, 1_000];

test('an objection and the end of the hold: one of them', async () => {
  await subscriber(world, MOVED);
  const seen = new Set<string>();
  for (const delay of DELAYS) {
    await world.db.pool.query('UPDATE identities SET ended_at = now() WHERE ended_at IS NULL');
    const before = await register(world, WANG);
    const { subject_id } = await until(world, before, { status: 'bound' });
    await addPasskey(world, before.registrationId, subject_id);
    const browser = await register(world, MOVED);
    await until(world, browser, { status: 'verifying', reason: 'change-of-phone' });
    await sleep(200);

    await world.db.pool.query('UPDATE registrations SET hold_until = now() WHERE registration_id = $1', [
      browser.registrationId,
    ]);
    await world.processes.lookAgainAtRegistration(browser.registrationId);
    await sleep(delay);
    const said = await refusePhoneChange(world.db.pool, subject_id ?? '').then(
      () => 'refused',
      ({ code }: { code: string }) => code,
    );
    const end = (await ended(world, browser)) as { status: string };
    expect([
      ['refused', 'refused'],
      ['too-late', 'bound'],
      ['not-found', 'bound'],
    ]).toContainEqual([said, end.status]);
    const phone = end.status === 'bound' ? MOVED.phone : WANG.phone;
    expect(await liveIdentities(world)).toMatchObject([{ phone_index: world.db.index.ofPhone(phone) }]);
    const passkeys = end.status === 'bound' ? 0 : 1;
    expect(await left(world, subject_id)).toEqual({ passkeys, sessions: passkeys, identities: 1 });
    seen.add(end.status);
  }
  expect([...seen].sort()).toEqual(['bound', 'refused']);
});
