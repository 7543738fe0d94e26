/** What comes between the question and the answer: amendments, cancellations, second taps, deadlines, and people unknown yet. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  asks,
  type Citizen,
  declared,
  eventually,
  type Outside,
  openOutside,
  type Pushed,
  shipmentFor,
  somebody,
  untilStatus,
} from '../support/outside.ts';

const SMS_AFTER_MS = 2_000;

let outside: Outside;
let citizen: Citizen;
beforeAll(async () => {
  const env = { SMS_AFTER_MS: String(SMS_AFTER_MS), RECONCILE_EVERY_MS: '1000' };
  outside = await openOutside({ env });
  citizen = await outside.citizen();
});
afterAll(() => outside?.close());

const CONFIRM = { version: 1, decision: 'confirmed' } as const;

/** Declared, and in the person's inbox. */
async function asked(person = citizen, changes: object = {}) {
  const body = shipmentFor(person, changes);
  const id = await declared(outside.broker, body);
  await asks(person, id);
  return { id, body };
}
const dearer = (body: ReturnType<typeof shipmentFor>) => ({
  ...body,
  goods: body.goods.map((line) => ({ ...line, price: '99.00' })),
});
const outcomesOf = async (id: string) =>
  (await outside.poasOf(id)).map(({ version, outcome, received }) => ({ version, outcome, received }));
const once = (version: number, outcome: string) => [{ version, outcome, received: 1 }];
const kindsOf = async (person: Citizen, id: string) =>
  ((await person.pushed()) as Pushed[])
    .filter(({ declarationId }) => declarationId === id)
    .map(({ kind }) => kind);
/** What the person's phone is told of an answer that came too late for it. */
const conflict = (code: string) => ({ status: 409, body: { type: `/problems/${code}` } });

describe('an amendment', () => {
  test('between display and answer voids what was shown; what is answered is the new version (18)', async () => {
    const { id, body } = await asked();
    const shown = await citizen.handset.declaration(id);
    const { status, headers } = await outside.broker.amend(id, 1, dearer(body));
    expect([status, headers.get('etag')]).toEqual([200, '"2"']);
    await asks(citizen, id, 2);

    const late = citizen.handset.decide(id, 'confirmed', { version: shown.version });
    await expect(late).rejects.toMatchObject({ status: 409, code: 'superseded' });
    expect((await citizen.handset.declaration(id)).goods).toMatchObject([{ price: '99.00' }]);
    await citizen.handset.decide(id, 'confirmed');
    await untilStatus(outside.broker, id, 'confirmed');
    expect(await outcomesOf(id)).toEqual(once(2, 'confirmed'));
    expect((await outside.lodgementsOf(id)).map(({ functionCode }) => functionCode)).toEqual(['9', '5']);
    await eventually(() => kindsOf(citizen, id)).toEqual(['ask', 'ask']);
  });

  test('between challenge and answer: the signature counts for nothing (18)', async () => {
    const { id, body } = await asked();
    const assertion = citizen.handset.sign(await citizen.handset.options(id, CONFIRM));
    expect((await outside.broker.amend(id, 1, dearer(body))).status).toBe(200);
    expect(await citizen.handset.submit(id, CONFIRM, assertion)).toMatchObject(conflict('superseded'));
    await asks(citizen, id, 2);
    expect(await outcomesOf(id)).toEqual([]);
    expect(await citizen.handset.submit(id, { ...CONFIRM, version: 2 }, assertion)).toMatchObject({
      status: 422,
    });
  });

  test('of a declined declaration asks again', async () => {
    const { id, body } = await asked();
    await citizen.handset.decide(id, 'declined', { reason: 'wrong_price' });
    await untilStatus(outside.broker, id, 'declined');
    expect((await outside.broker.amend(id, 1, dearer(body))).status).toBe(200);
    await asks(citizen, id, 2);
    await citizen.handset.decide(id, 'confirmed');
    await untilStatus(outside.broker, id, 'confirmed');
    expect(await outcomesOf(id)).toEqual([...once(1, 'declined'), ...once(2, 'confirmed')]);
  });

  test('after the answer: 409, and with a stale version: 412', async () => {
    const { id, body } = await asked();
    expect((await outside.broker.amend(id, 7, dearer(body))).status).toBe(412);
    await citizen.handset.decide(id, 'confirmed');
    expect(await outside.broker.amend(id, 1, dearer(body))).toMatchObject(conflict('already-decided'));
    expect(await outside.broker.cancel(id)).toMatchObject(conflict('already-decided'));
  });
});

describe('a cancellation', () => {
  test('while it waits: taken back with Customs, reported once, withdrawn from the phone', async () => {
    const { id } = await asked();
    const assertion = citizen.handset.sign(await citizen.handset.options(id, CONFIRM));
    expect((await outside.broker.cancel(id, { reason: 'paper-poa' })).status).toBe(200);
    await untilStatus(outside.broker, id, 'cancelled');
    expect((await citizen.handset.submit(id, CONFIRM, assertion)).status).toBe(409);
    expect((await outside.lodgementsOf(id)).map(({ functionCode }) => functionCode)).toEqual(['9', '1']);
    expect(await outcomesOf(id)).toEqual(once(1, 'cancelled'));
    await eventually(() => kindsOf(citizen, id)).toEqual(['ask', 'withdrawn']);
    expect((await citizen.handset.inbox()).map(({ declarationId }) => declarationId)).not.toContain(id);
  });

  test('of a consent-first not yet lodged tells Customs of the outcome alone', async () => {
    const { id } = await asked(citizen, { order: 'consent-first' });
    expect((await outside.broker.cancel(id)).status).toBe(200);
    await untilStatus(outside.broker, id, 'cancelled');
    expect(await outside.lodgementsOf(id)).toEqual([]);
    expect(await outcomesOf(id)).toEqual(once(1, 'cancelled'));
  });
});

describe('at once', () => {
  test('a double tap is one consent (23)', async () => {
    const { id } = await asked();
    const assertion = citizen.handset.sign(await citizen.handset.options(id, CONFIRM));
    const taps = await Promise.all([1, 2, 3].map(() => citizen.handset.submit(id, CONFIRM, assertion)));
    expect(new Set(taps.map(({ body }) => (body as { consentId: string }).consentId)).size).toBe(1);
    for (const { status } of taps) expect([200, 202]).toContain(status);
    await untilStatus(outside.broker, id, 'confirmed');
    expect(await outcomesOf(id)).toEqual(once(1, 'confirmed'));
  });

  test('two devices that answer differently: one counts, the other is told (23)', async () => {
    const { who } = citizen;
    const second = await outside.enrol(who);
    const { id } = await asked(second);
    const answers = await Promise.all(
      [
        { phone: citizen.handset, words: { ...CONFIRM } },
        { phone: second.handset, words: { version: 1, decision: 'repudiated' as const } },
      ].map(async ({ phone, words }) => ({
        words,
        answer: await phone.submit(id, words, phone.sign(await phone.options(id, words))),
      })),
    );
    const [counted, ...others] = answers.filter(({ answer }) => answer.status < 300);
    const [refused] = answers.filter(({ answer }) => answer.status >= 300);
    expect([others, refused?.answer]).toMatchObject([[], conflict('already-decided')]);
    await untilStatus(outside.broker, id, counted?.words.decision ?? '');
    expect(await outcomesOf(id)).toEqual(once(1, counted?.words.decision ?? ''));
  });

  test('an answer, a cancellation and an amendment: Customs holds what was acknowledged (24)', async () => {
    for (let round = 0; round < 5; round++) {
      const { id, body } = await asked();
      const assertion = citizen.handset.sign(await citizen.handset.options(id, CONFIRM));
      const [answer, cancelled, amended] = await Promise.all([
        citizen.handset.submit(id, CONFIRM, assertion),
        outside.broker.cancel(id),
        outside.broker.amend(id, 1, dearer(body)),
      ]);
      if (answer.status < 300) {
        await untilStatus(outside.broker, id, 'confirmed');
        expect(await outcomesOf(id)).toEqual(once(1, 'confirmed'));
        // 202: kept, when the process ended meanwhile; it is refused once that is noticed.
        for (const { status } of [cancelled, amended]) expect([202, 409]).toContain(status);
      } else if (cancelled.status < 300) {
        await untilStatus(outside.broker, id, 'cancelled');
        expect(await outcomesOf(id)).toEqual(once(amended.status < 300 ? 2 : 1, 'cancelled'));
      } else {
        expect(amended.status).toBe(200);
        await asks(citizen, id, 2);
        expect(await outcomesOf(id)).toEqual([]);
      }
    }
  });
});

describe('the deadline', () => {
  /**
   * The interface asks for ten minutes at least, which no test waits for: here alone the database is touched, to move the
   * deadline of both rows into the past. The reconciliation notices one that passed a minute ago.
   */
  async function passed(id: string, seconds: number): Promise<void> {
    const client = new pg.Client({ connectionString: outside.stack.databases.DATABASE_URL });
    await client.connect();
    const past = `now() - interval '${seconds} seconds'`;
    await client.query(
      `WITH version AS (UPDATE declaration_versions SET respond_by = ${past} WHERE declaration_id = $1)
       UPDATE declarations SET respond_by = ${past} WHERE declaration_id = $1`,
      [id],
    );
    await client.end();
  }

  test('nobody answered: expired, at Customs too, and the waybill is free again', async () => {
    const { id, body } = await asked();
    await passed(id, 61);
    await untilStatus(outside.broker, id, 'expired');
    expect(await outcomesOf(id)).toEqual(once(1, 'expired'));
    await declared(outside.broker, body);
  });

  test('an answer after it: too late, although signed before', async () => {
    const { id } = await asked();
    const assertion = citizen.handset.sign(await citizen.handset.options(id, CONFIRM));
    await passed(id, 1);
    expect(await citizen.handset.submit(id, CONFIRM, assertion)).toMatchObject(conflict('too-late'));
  });

  test('nobody registered: unregistered, at Customs too', async () => {
    const stranger = somebody();
    const importer = { name: stranger.name, phone: stranger.phone };
    const id = await declared(outside.broker, shipmentFor({ importer }));
    await untilStatus(outside.broker, id, 'awaiting_registration');
    await passed(id, 61);
    await untilStatus(outside.broker, id, 'unregistered');
    expect(await outcomesOf(id)).toEqual(once(1, 'unregistered'));
  });
});

describe('a message', () => {
  test('pushed holds three ids and nothing else; not displayed, an SMS with a link follows, once', async () => {
    const person = await outside.citizen();
    const { id } = await asked(person);
    await eventually(person.pushed).toHaveLength(1);
    const [message] = (await person.pushed()) as Pushed[];
    expect(message).toEqual({ notificationId: expect.any(String), declarationId: id, kind: 'ask' });
    expect(await outside.sms(person.who.phone)).toEqual([]);
    await eventually(() => outside.sms(person.who.phone)).toEqual([
      expect.objectContaining({ text: expect.stringContaining(`${outside.api}/d/${id}`) }),
    ]);
    expect((await outside.sms(person.who.phone))[0]?.text).not.toContain(person.who.name);
  });

  test('that was displayed is followed by no SMS', async () => {
    const person = await outside.citizen();
    await asked(person);
    await eventually(person.pushed).toHaveLength(1);
    const [message] = (await person.pushed()) as Pushed[];
    await person.handset.displayed(message?.notificationId ?? '');
    await new Promise((resolve) => setTimeout(resolve, SMS_AFTER_MS + 1_000));
    expect(await outside.sms(person.who.phone)).toEqual([]);
  });
});

describe('somebody unknown yet', () => {
  test('is invited once, registers, is asked, and confirms', async () => {
    const who = somebody();
    await outside.subscribe(who);
    const importer = { name: who.name, phone: who.phone };
    const ids = [
      await declared(outside.broker, shipmentFor({ importer })),
      await declared(outside.broker, shipmentFor({ importer }, { order: 'consent-first' })),
    ];
    for (const id of ids) await untilStatus(outside.broker, id, 'awaiting_registration');
    await eventually(() => outside.sms(who.phone)).toHaveLength(1);
    expect((await outside.sms(who.phone))[0]?.text).toContain(`${outside.api}/`);

    const { handset } = await outside.enrol(who);
    for (const id of ids) {
      await asks({ handset }, id);
      await handset.decide(id, 'confirmed');
      await untilStatus(outside.broker, id, 'confirmed');
      expect(await outcomesOf(id)).toEqual(once(1, 'confirmed'));
    }
  });

  test('by another name: nobody is told of it, until the broker corrects the name', async () => {
    const person = await outside.citizen();
    const body = shipmentFor({ importer: { ...person.importer, name: '某某某' } });
    const id = await declared(outside.broker, body);
    await untilStatus(outside.broker, id, 'needs_correction');
    expect((await outside.broker.get(`/v1/declarations/${id}`)).body.problems).toEqual([
      { pointer: '/importer/name', code: 'name-mismatch', detail: expect.any(String) },
    ]);
    expect([
      await person.pushed(),
      await person.handset.inbox(),
      await outside.sms(person.who.phone),
    ]).toEqual([[], [], []]);
    expect((await person.handset.ask('GET', `/app/declarations/${id}`)).status).toBe(404);

    const amended = await outside.broker.amend(id, 1, { ...body, importer: person.importer });
    expect(amended.status).toBe(200);
    await asks(person, id, 2);
    await person.handset.decide(id, 'confirmed');
    await untilStatus(outside.broker, id, 'confirmed');
  });
});
