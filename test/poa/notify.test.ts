/** P3: how the person is told: push, an SMS where push reaches nobody, one reminder. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  answer,
  endFaults,
  eventually,
  fault,
  inSeconds,
  newPhone,
  pushesAbout,
  smsTo,
  subscribe,
} from '../support/poa-acts.ts';
import { bindPerson, content, declare, NAME } from '../support/poa-fixtures.ts';
import { control, createPoaWorld, type PoaWorld, until } from '../support/poa-world.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld({ smsAfterMs: 200, deliverAgainMs: 200 });
});
afterAll(() => world?.close());
beforeEach(() => endFaults(world.push));

const someone = async () => {
  const phone = newPhone();
  return { phone, subjectId: await bindPerson(world, phone) };
};
const ask = async (phone: string, respondBy?: Date) => {
  const { declarationId } = await declare(world, 'customs-started', {
    content: content({ importer: { name: NAME, phone } }),
    ...(respondBy && { respondBy }),
  });
  await until(world, declarationId, 'awaiting_importer');
  return declarationId;
};
const pushed = (declarationId: string, ...kinds: string[]) =>
  eventually(
    () => pushesAbout(world, declarationId),
    (seen) => JSON.stringify(seen) === JSON.stringify(kinds),
  );
const texted = (phone: string, count: number) =>
  eventually(
    () => smsTo(world, phone),
    (sent) => sent.length === count,
  );
const notifications = async (declarationId: string) => {
  const { rows } = await world.pool.query<{ kind: string; sent: boolean }>(
    `SELECT kind, sent_at IS NOT NULL AS sent FROM notifications WHERE declaration_id = $1 ORDER BY created_at`,
    [declarationId],
  );
  return rows.map(({ kind, sent }) => `${kind} ${sent ? 'sent' : 'unsent'}`);
};
const failed = async (declarationId: string, kind: string) => {
  const { rowCount } = await world.pool.query(
    'SELECT 1 FROM notifications WHERE declaration_id = $1 AND kind = $2 AND failed_at IS NOT NULL',
    [declarationId, kind],
  );
  return rowCount === 1;
};
/** The process waits, and does nothing meanwhile: each step of it would count. */
const restsAt = async (declarationId: string) => {
  const step = async () => {
    const { rows } = await world.pool.query<{ step: number }>(
      'SELECT step FROM declarations WHERE declaration_id = $1',
      [declarationId],
    );
    return rows[0]?.step;
  };
  await pause(1_500);
  const before = await step();
  await pause(2_500);
  expect(await step()).toBe(before);
};
const displayed = (declarationId: string) =>
  world.pool.query(
    `UPDATE notifications SET displayed_at = now() WHERE declaration_id = $1 AND kind = 'ask'`,
    [declarationId],
  );
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.concurrent('side by side', () => {
  test('every device of the person is pushed to, with its notification id as the topic', async () => {
    const { phone, subjectId } = await someone();
    await subscribe(world, subjectId);
    await subscribe(world, subjectId);
    const declarationId = await ask(phone);
    await displayed(declarationId);
    await pushed(declarationId, 'ask', 'ask');
    const messages = (await control(world.push, 'GET', '/messages')) as {
      headers: Record<string, string>;
      decrypted: { notificationId: string; declarationId: string };
    }[];
    for (const { headers, decrypted } of messages.filter(
      (m) => m.decrypted.declarationId === declarationId,
    )) {
      expect(headers.topic).toBe(decrypted.notificationId.replaceAll('-', ''));
    }
    expect(await smsTo(world, phone)).toEqual([]);
  });

  test('a push not displayed is followed by one SMS, with a link and without personal data', async () => {
    const { phone, subjectId } = await someone();
    await subscribe(world, subjectId);
    const declarationId = await ask(phone);
    const [text] = await texted(phone, 1);
    expect(text).toContain(`http://localhost/d/${declarationId}`);
    expect(text).not.toContain(NAME);
    await pause(1_500);
    expect(await smsTo(world, phone)).toHaveLength(1);
  });

  test('a push that was displayed is followed by none', async () => {
    const { phone, subjectId } = await someone();
    await subscribe(world, subjectId);
    const declarationId = await ask(phone);
    await displayed(declarationId);
    await pause(1_500);
    expect(await smsTo(world, phone)).toEqual([]);
    expect(await pushesAbout(world, declarationId)).toEqual(['ask']);
  });

  test('without a subscription the SMS goes out at once', async () => {
    const { phone } = await someone();
    await ask(phone);
    await texted(phone, 1);
    await pause(1_500);
    expect(await smsTo(world, phone)).toHaveLength(1);
  });

  test('a subscription that has ended is dropped, and the SMS goes out at once', async () => {
    const { phone, subjectId } = await someone();
    const { id } = await subscribe(world, subjectId);
    await control(world.push, 'DELETE', `/subscriptions/${id}`);
    await ask(phone);
    await texted(phone, 1);
    const { rowCount } = await world.pool.query('SELECT 1 FROM push_subscriptions WHERE subject_id = $1', [
      subjectId,
    ]);
    expect(rowCount).toBe(0);
  });

  test('one reminder at half time, and none after the answer', async () => {
    const { phone, subjectId } = await someone();
    await subscribe(world, subjectId);
    const reminded = await ask(phone, inSeconds(4));
    const answered = await ask(phone, inSeconds(4));
    for (const id of [reminded, answered]) await displayed(id);
    await answer(world, answered, 'confirmed');
    await pushed(reminded, 'ask', 'reminder');
    expect(await pushesAbout(world, answered)).toEqual(['ask']);
    await until(world, reminded, 'expired');
    expect(await pushesAbout(world, reminded)).toEqual(['ask', 'reminder']);
  });

  test('asked again after a correction, the person is told again', async () => {
    const { phone, subjectId } = await someone();
    await subscribe(world, subjectId);
    const declarationId = await ask(phone, inSeconds(60));
    await displayed(declarationId);
    // The binding ended; the same person registered again.
    await world.pool.query('UPDATE identities SET ended_at = now() WHERE subject_id = $1', [subjectId]);
    await subscribe(world, await bindPerson(world, phone));
    await world.processes.lookAgain(declarationId);
    await pushed(declarationId, 'ask', 'ask');
    await texted(phone, 1);
  });
});

test('a push service that is down is no obstacle: SMS, and the subscription stays', async () => {
  const { phone, subjectId } = await someone();
  await subscribe(world, subjectId);
  await fault(world.push, { route: '/push', status: 503, times: 100 });
  await ask(phone);
  await texted(phone, 1);
  const { rowCount } = await world.pool.query('SELECT 1 FROM push_subscriptions WHERE subject_id = $1', [
    subjectId,
  ]);
  expect(rowCount).toBe(1);
});

test('what no channel took is delivered later, once', async () => {
  const { phone } = await someone();
  await fault(world.push, { route: '/sms', status: 503, times: 1000 });
  const declarationId = await ask(phone);
  await eventually(
    () => notifications(declarationId),
    (rows) => rows.length === 2,
  );
  expect(await notifications(declarationId)).toEqual(['ask unsent', 'sms unsent']);
  await endFaults(world.push);
  await texted(phone, 1);
  await eventually(
    () => notifications(declarationId),
    (rows) => rows.every((row) => row.endsWith(' sent')),
  );
  await pause(1_500);
  expect(await smsTo(world, phone)).toHaveLength(1);
});

test('an invitation that no channel took is delivered later, once', async () => {
  const phone = newPhone();
  await fault(world.push, { route: '/sms', status: 503, times: 1000 });
  const { declarationId } = await declare(world, 'customs-started', {
    content: content({ importer: { name: NAME, phone } }),
  });
  await eventually(
    () => notifications(declarationId),
    (rows) => rows[0] === 'invitation unsent',
  );
  await endFaults(world.push);
  await texted(phone, 1);
});

test('an SMS whose quick try failed is sent by the regular one', async () => {
  const { phone, subjectId } = await someone();
  await subscribe(world, subjectId);
  await fault(world.push, { route: '/sms', status: 503, times: 1 });
  const declarationId = await ask(phone);
  await texted(phone, 1);
  // It is marked as sent after it has arrived.
  await eventually(
    () => notifications(declarationId),
    (all) => all.join() === 'ask sent,sms sent',
  );
});

test('an invitation that no channel took is of no concern once the person is asked', async () => {
  const phone = newPhone();
  await fault(world.push, { route: '/sms', status: 503, times: 1000 });
  const { declarationId } = await declare(world, 'customs-started', {
    content: content({ importer: { name: NAME, phone } }),
  });
  await eventually(
    () => failed(declarationId, 'invitation'),
    (yes) => yes,
  );
  await subscribe(world, await bindPerson(world, phone));
  await world.processes.lookAgain(declarationId);
  await pushed(declarationId, 'ask');
  await displayed(declarationId);
  await endFaults(world.push);
  await restsAt(declarationId);
});

test('a question that no channel took is of no concern once nobody is registered any more', async () => {
  const { phone, subjectId } = await someone();
  await fault(world.push, { route: '/sms', status: 503, times: 1000 });
  const declarationId = await ask(phone);
  await eventually(
    () => failed(declarationId, 'ask'),
    (yes) => yes,
  );
  await world.pool.query('UPDATE identities SET ended_at = now() WHERE subject_id = $1', [subjectId]);
  await world.processes.lookAgain(declarationId);
  await endFaults(world.push);
  await texted(phone, 1);
  await restsAt(declarationId);
});
