/** Push flooding (28): a broker cannot make a phone ring without end, nor silence another broker. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertBroker } from '../support/api-world.ts';
import { eventually, newPhone, pushesAbout, smsTo, subscribe } from '../support/poa-acts.ts';
import { bindPerson, content, declare, NAME } from '../support/poa-fixtures.ts';
import { createPoaWorld, type PoaWorld, until } from '../support/poa-world.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld({ smsAfterMs: 200, deliverAgainMs: 200, messagesPerHour: 2 });
});
afterAll(() => world?.close());

const ask = async (phone: string, brokerId = world.brokerId) => {
  const of = content({ importer: { name: NAME, phone } });
  const { declarationId } = await declare({ ...world, brokerId }, 'customs-started', { content: of });
  await until(world, declarationId, 'awaiting_importer');
  return declarationId;
};
/** How each message about a declaration was told. */
const messages = async (declarationId: string) => {
  const { rows } = await world.pool.query<{ kind: string; how: string }>(
    `SELECT kind, CASE WHEN sent_at IS NOT NULL THEN 'sent' WHEN held_back_at IS NOT NULL THEN 'held back' ELSE 'open' END AS how
     FROM notifications WHERE declaration_id = $1 ORDER BY created_at`,
    [declarationId],
  );
  return rows.map(({ kind, how }) => `${kind} ${how}`);
};
const told = (declarationId: string, ...expected: string[]) =>
  eventually(
    () => messages(declarationId),
    (seen) => JSON.stringify(seen) === JSON.stringify(expected),
  );

test('what is over the limit of an hour waits in the inbox alone; another broker still rings, and so does an hour later', async () => {
  const phone = newPhone();
  const subjectId = await bindPerson(world, phone);
  await subscribe(world, subjectId);
  const rung = [await ask(phone), await ask(phone)];
  // The push was not displayed: an SMS is due, and over the limit, too.
  for (const id of rung) await told(id, 'ask sent', 'sms held back');
  const silent = await ask(phone);
  await told(silent, 'ask held back', 'sms held back');
  expect(await pushesAbout(world, silent)).toEqual([]);
  expect(await smsTo(world, phone)).toEqual([]);

  const other = await ask(phone, await insertBroker(world.db, 'B456'));
  await told(other, 'ask sent', 'sms sent');

  await world.pool.query(`UPDATE notifications SET sent_at = sent_at - interval '1 hour'`);
  await told(await ask(phone), 'ask sent', 'sms sent');
});
