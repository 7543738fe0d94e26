/**
 * Kill anything at any moment: nothing acknowledged is lost, nothing happens twice. Real programs, killed with SIGKILL in
 * the middle of fifty POAs; afterwards every process is counted in the database and at Customs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, test } from 'vitest';
import { useFifty } from '../support/fifty.ts';
import { control } from '../support/poa-world.ts';

const fifty = useFifty();

describe('SIGKILL in the middle of fifty processes', () => {
  test.each(['worker', 'temporal', 'postgres', 'customs'])('of %s', async (name) => {
    const all = await fifty.declareAll();
    const answered = fifty.answerAll(all, 3_000);
    await sleep(1_200);
    await fifty.stack().supervisor.kill(name, 'SIGKILL');
    await sleep(1_500);
    await fifty.stack().supervisor.restart(name);
    await answered;
    await fifty.expectAllOnce(all);
  });

  test('of Customs, its acknowledgements lost after it acted', async () => {
    const all = await fifty.declareAll();
    await control(fifty.stack().endpoints.customs, 'POST', '/faults', {
      route: '/poas',
      drop: 'after',
      times: 20,
    });
    const answered = fifty.answerAll(all, 2_000);
    await sleep(1_000);
    await fifty.stack().supervisor.kill('customs', 'SIGKILL');
    await fifty.stack().supervisor.restart('customs');
    await answered;
    await fifty.expectAllOnce(all);
  });
});
