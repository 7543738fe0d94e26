/**
 * Records one history per order and outcome, and of every way back and around, into `test/histories/`. Run it when the
 * workflow changed on purpose and nothing runs that began before; until then the old ones must replay.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest';
import { ORDERS, type Order } from '../../domain/outcome.ts';
import { frozen } from './history.ts';
import {
  amend,
  answer,
  cancel,
  customsMode,
  endFaults,
  fault,
  inSeconds,
  newPhone,
  resolve,
  tryAgain,
} from './poa-acts.ts';
import { BOX_NUMBER, bindPerson, content, declare, NAME, PHONE } from './poa-fixtures.ts';
import { control, createPoaWorld, ended, type PoaWorld, until } from './poa-world.ts';

const DIRECTORY = 'test/histories';

let world: PoaWorld;
beforeAll(async () => {
  mkdirSync(DIRECTORY, { recursive: true });
  for (const name of readdirSync(DIRECTORY).filter((file) => file.startsWith('poa-')))
    rmSync(join(DIRECTORY, name));
  world = await createPoaWorld({ smsAfterMs: 500, deliverAgainMs: 300 });
  await bindPerson(world);
});
afterAll(() => world?.close());
beforeEach(async () => {
  await control(world.customs, 'POST', '/reset');
  await endFaults(world.push);
});

async function save(name: string, declarationId: string): Promise<void> {
  const history = await world.client.workflow.getHandle(`poa/${declarationId}`).fetchHistory();
  writeFileSync(join(DIRECTORY, `poa-${name}.json`), `${frozen(history)}\n`);
}

/** Lets the task that is under way end, where the process itself goes on. */
const settled = () => new Promise((done) => setTimeout(done, 300));

const asked = async (order: Order, seconds = 3_600) => {
  const lodged = await declare(world, order, { respondBy: inSeconds(seconds) });
  await until(world, lodged.declarationId, 'awaiting_importer');
  return lodged;
};
const unregistered = (order: Order, phone = newPhone(), seconds = 3_600) =>
  declare(world, order, {
    content: content({ importer: { name: NAME, phone } }),
    respondBy: inSeconds(seconds),
  });

describe.each(ORDERS)('%s', (order) => {
  test.each(['confirmed', 'repudiated'] as const)('%s', async (decision) => {
    const { declarationId } = await asked(order);
    await answer(world, declarationId, decision);
    await ended(world.client, declarationId);
    await save(`${order}-${decision}`, declarationId);
  });

  test('declined', async () => {
    const { declarationId } = await asked(order);
    await answer(world, declarationId, 'declined');
    await until(world, declarationId, 'declined');
    await settled();
    await save(`${order}-declined`, declarationId);
  });

  test('expired', async () => {
    const { declarationId } = await asked(order, 2);
    await ended(world.client, declarationId);
    await save(`${order}-expired`, declarationId);
  });

  test('unregistered', async () => {
    const { declarationId } = await unregistered(order, newPhone(), 1);
    await ended(world.client, declarationId);
    await save(`${order}-unregistered`, declarationId);
  });

  test('cancelled', async () => {
    const { declarationId } = await asked(order);
    await cancel(world, declarationId);
    await ended(world.client, declarationId);
    await save(`${order}-cancelled`, declarationId);
  });
});

test('context later, then amended, then confirmed', async () => {
  await customsMode(world, { context: 'later', delayMs: 200 });
  const { declarationId, content: first } = await asked('declare-first');
  await amend(world, declarationId, 2, { ...first, packages: 2 });
  await until(world, declarationId, 'awaiting_importer');
  await answer(world, declarationId, 'confirmed', 2);
  await ended(world.client, declarationId);
  await save('context-later-amended', declarationId);
});

test('consent-first, context later', async () => {
  await customsMode(world, { context: 'later', delayMs: 300 });
  const { declarationId } = await asked('consent-first');
  await answer(world, declarationId, 'confirmed');
  await ended(world.client, declarationId);
  await save('consent-first-context-later', declarationId);
});

test('refused by Customs, tried again', async () => {
  await customsMode(world, { context: 'inline', refuse: {} });
  const { declarationId } = await declare(world, 'declare-first');
  await until(world, declarationId, 'needs_correction');
  await customsMode(world, { context: 'inline' });
  await tryAgain(world, declarationId);
  await until(world, declarationId, 'awaiting_importer');
  await answer(world, declarationId, 'confirmed');
  await ended(world.client, declarationId);
  await save('refused-and-tried-again', declarationId);
});

test.each(['retry', 'accept-customs', 'correct'] as const)(
  'needs attention, resolved by %s',
  async (action) => {
    await customsMode(world, { context: 'inline', replyCode: '33' });
    const { declarationId } = await asked('customs-started');
    await answer(world, declarationId, 'confirmed');
    await until(world, declarationId, 'needs_attention');
    await customsMode(world, { context: 'inline' });
    const held = { outcome: 'expired', acknowledgementNumber: 'A1' };
    await resolve(world, declarationId, { action, ...(action === 'accept-customs' && held) });
    if (action === 'correct') await settled();
    else await ended(world.client, declarationId);
    await save(`needs-attention-${action}`, declarationId);
  },
);

test('outages of Customs, with a message while the lodging hangs', async () => {
  await fault(world.customs, { route: '/declarations', status: 503, times: 2 });
  await fault(world.customs, { route: '/declarations', delayMs: 5_000 });
  const { declarationId, content: first } = await declare(world, 'declare-first');
  await until(world, declarationId, 'lodging');
  await new Promise((done) => setTimeout(done, 2_000));
  await amend(world, declarationId, 2, { ...first, packages: 2 });
  await until(world, declarationId, 'awaiting_importer');
  await fault(world.customs, { route: '/poas', drop: 'after', times: 2 });
  await answer(world, declarationId, 'confirmed', 2);
  await ended(world.client, declarationId);
  await save('outages', declarationId);
});

test('expired while Customs cannot be reached', async () => {
  await fault(world.customs, { route: '/declarations', status: 503, times: 3 });
  const { declarationId } = await declare(world, 'declare-first', { respondBy: inSeconds(1) });
  await ended(world.client, declarationId);
  await save('expired-while-lodging', declarationId);
});

test('SMS gateway down, SMS, reminder, deadline', async () => {
  await fault(world.push, { route: '/sms', status: 503, times: 3 });
  const { declarationId } = await asked('customs-started', 6);
  await ended(world.client, declarationId);
  await save('nudged', declarationId);
});

test('nobody registered, news in vain, registered, answered by signal', async () => {
  const phone = newPhone();
  const { declarationId } = await unregistered('customs-started', phone);
  await until(world, declarationId, 'awaiting_registration');
  await world.processes.lookAgain(declarationId);
  await settled();
  await bindPerson(world, phone);
  await world.processes.lookAgain(declarationId);
  await until(world, declarationId, 'awaiting_importer');
  await world.stopWorker();
  const answered = answer(world, declarationId, 'repudiated');
  await answered;
  await world.startWorker();
  await ended(world.client, declarationId);
  await save('registered-meanwhile', declarationId);
});

test('messages that were forged', async () => {
  const { declarationId } = await asked('customs-started');
  const handle = world.client.workflow.getHandle(`poa/${declarationId}`);
  await handle.signal('decision', { consentId: declarationId });
  await handle.signal('decision', 'nonsense');
  await handle.signal('lookAgain', { more: 'nonsense' });
  await handle.executeUpdate('cancel', { args: [{ proposalId: declarationId }] });
  await answer(world, declarationId, 'confirmed');
  await ended(world.client, declarationId);
  await save('forged-messages', declarationId);
});

test('a second run of a finished process, and one that a newer run took over', async () => {
  const start = {
    brokerBoxNumber: BOX_NUMBER,
    order: 'customs-started' as const,
    respondBy: inSeconds(3_600),
  };
  const finished = await asked('customs-started');
  await answer(world, finished.declarationId, 'confirmed');
  await ended(world.client, finished.declarationId);
  await world.processes.startPoa({ declarationId: finished.declarationId, ...start }, { again: true });
  await ended(world.client, finished.declarationId);
  await save('second-run', finished.declarationId);

  const { declarationId } = await asked('customs-started');
  await world.pool.query('UPDATE declarations SET epoch = epoch + 1 WHERE declaration_id = $1', [
    declarationId,
  ]);
  await world.processes.lookAgain(declarationId);
  await ended(world.client, declarationId);
  await save('taken-over', declarationId);
});

test('another name than that of the person', async () => {
  const { declarationId } = await declare(world, 'customs-started', {
    content: content({ importer: { name: '李大華', phone: PHONE } }),
    respondBy: inSeconds(1),
  });
  await ended(world.client, declarationId);
  await save('name-mismatch-expired', declarationId);
});
