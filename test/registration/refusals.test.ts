import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  CHEN,
  createRegistrationWorld,
  ended,
  type RegistrationWorld,
  register,
  until,
  WANG,
} from '../support/registration-world.ts';
import { call } from '../support/stand-in.ts';

let world: RegistrationWorld;
beforeAll(async () => {
  world = await createRegistrationWorld();
});
afterAll(() => world?.close());
beforeEach(async () => {
  for (const url of Object.values(world.urls)) await call('POST', `${url}/_control/reset`);
  await world.db.pool.query('UPDATE identities SET ended_at = now() WHERE ended_at IS NULL');
});

const subscriber = (phone: string, changes: object) =>
  call('PUT', `${world.urls.telecom}/_control/subscribers/${phone}`, { body: changes });
const filed = async () => (await call('GET', `${world.urls.customs}/_control/identities`)).body;

async function liveIdentities() {
  const { rows } = await world.db.pool.query('SELECT subject_id FROM identities WHERE ended_at IS NULL');
  return rows;
}

describe('refused', () => {
  const { phone: _, ...held } = WANG;
  const refused = async (reason: string, browser: Promise<{ registrationId: string }>) => {
    await until(world, await browser, { status: 'refused', reason });
    expect(await filed()).toEqual([]);
    expect(await liveIdentities()).toEqual([]);
  };

  test("another's phone in use: the data session is not that number's (attack 2)", () =>
    refused('number-not-verified', register(world, WANG, CHEN.phone)));

  test.each(['200', '403'])(
    "own phone with another's ID number, told by %s (attacks 4, 6)",
    async (kycMode) => {
      await subscriber(WANG.phone, { ...held, contract: 'PAYM', kycMode });
      await refused('id-mismatch', register(world, { ...WANG, idNumber: CHEN.idNumber }));
    },
  );

  test('another name', () => refused('name-mismatch', register(world, { ...WANG, name: '陳怡君' })));

  test("'not_available' is no match (attack 5)", async () => {
    await subscriber(WANG.phone, { ...held, idNumber: undefined, contract: 'PAYM' });
    await refused('id-mismatch', register(world, WANG));
    await subscriber(WANG.phone, { ...held, name: undefined, contract: 'PAYM' });
    await refused('name-mismatch', register(world, WANG));
  });

  test('a prepaid SIM (attack 11)', async () => {
    await subscriber(WANG.phone, { ...held, contract: 'PAYG' });
    await refused('prepaid', register(world, WANG));
  });

  test('a number that the operator does not answer for', async () => {
    await subscriber(WANG.phone, { ...held, contract: 'PAYM', notApplicable: true });
    await refused('identifier-not-found', register(world, WANG));
  });

  test('a phone that is bound to another person', async () => {
    await ended(world, await register(world, WANG));
    await subscriber(WANG.phone, { ...CHEN, phone: undefined, contract: 'PAYM' });
    await until(world, await register(world, { ...CHEN, phone: WANG.phone }), {
      status: 'refused',
      reason: 'phone-in-use',
    });
    expect(await liveIdentities()).toHaveLength(1);
  });
});
