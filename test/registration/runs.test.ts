import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SupersededRun } from '../../db/poa/process-row.ts';
import { transaction } from '../../db/pool.ts';
import {
  lockRegistrationRow,
  openRegistrationRow,
  saveRegistrationRow,
} from '../../db/registration/process-row.ts';
import {
  begin,
  createRegistrationWorld,
  ended,
  type RegistrationWorld,
  until,
  visitOperator,
  WANG,
} from '../support/registration-world.ts';

let world: RegistrationWorld;
beforeAll(async () => {
  world = await createRegistrationWorld();
});
afterAll(() => world?.close());

describe('only the newest run writes', () => {
  const fenced = (registrationId: string, epoch: number, step: number) =>
    transaction(world.db.pool, async (client) => {
      const row = await lockRegistrationRow(client, { registrationId, epoch, step });
      await saveRegistrationRow(client, row);
    });

  test('an earlier run and an earlier step change nothing; the same step may come again', async () => {
    const { registrationId } = await begin(world, WANG);
    const open = async () => (await openRegistrationRow(world.db.pool, registrationId))?.epoch ?? 0;
    const [earlier, newest] = [await open(), await open()];
    await fenced(registrationId, newest, 2);
    await fenced(registrationId, newest, 2);
    await expect(fenced(registrationId, newest, 1)).rejects.toThrow(SupersededRun);
    await expect(fenced(registrationId, earlier, 9)).rejects.toThrow(SupersededRun);
  });

  test('a run that was overtaken ends quietly, and the newer one goes on', async () => {
    const browser = await begin(world, WANG);
    await until(world, browser, { status: 'awaiting_telecom', epoch: 1 });
    await openRegistrationRow(world.db.pool, browser.registrationId);
    await visitOperator(world, browser, WANG.phone);
    expect(await ended(world, browser)).toEqual({ status: 'awaiting_telecom', reason: null });
    await world.processes.startRegistration(browser.registrationId, { again: true });
    await until(world, browser, { status: 'bound' });
  });
});
