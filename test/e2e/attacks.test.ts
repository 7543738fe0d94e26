/** Attacks on a running system through its interfaces; what happens instead. Numbers are those of the list of attacks. */

import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SIGNAL, UPDATE } from '../../domain/messages.ts';
import type { Handset } from '../../sandbox/handset/handset.ts';
import { submission } from '../support/broker-client.ts';
import {
  asks,
  type Citizen,
  declared,
  type Outside,
  openOutside,
  shipmentFor,
  untilStatus,
} from '../support/outside.ts';
import { call } from '../support/stand-in.ts';

let outside: Outside;
let victim: Citizen;
let attacker: Citizen;
beforeAll(async () => {
  outside = await openOutside();
  [victim, attacker] = [await outside.citizen(), await outside.citizen()];
});
afterAll(() => outside?.close());
afterEach(() => outside.control('customs', 'DELETE', '/faults'));

const CONFIRM = { version: 1, decision: 'confirmed' } as const;
async function asked(changes: object = {}): Promise<string> {
  const id = await declared(outside.broker, shipmentFor(victim, changes));
  await asks(victim, id);
  return id;
}
const problem = (status: number, code: string) => ({ status, body: { type: `/problems/${code}` } });
const stillWaits = async (id: string) => {
  expect(await victim.handset.declaration(id)).toMatchObject({ status: 'awaiting_importer' });
  expect(await outside.poasOf(id)).toEqual([]);
};

describe("somebody else's answer", () => {
  test('replayed on another declaration, and with a login’s signature: refused (17)', async () => {
    const [first, second] = [await asked(), await asked()];
    const assertion = victim.handset.sign(await victim.handset.options(first, CONFIRM));
    expect(await victim.handset.submit(second, CONFIRM, assertion)).toMatchObject(
      problem(403, 'assertion-rejected'),
    );
    const login = await victim.handset.ask('POST', '/app/session/options', { body: {} });
    const signed = victim.handset.sign(login.body as never);
    expect(await victim.handset.submit(second, CONFIRM, signed)).toMatchObject(
      problem(403, 'assertion-rejected'),
    );
    await stillWaits(second);
    expect((await victim.handset.submit(first, CONFIRM, assertion)).status).toBe(200);
    await untilStatus(outside.broker, first, 'confirmed');
    const again = await victim.handset.submit(first, CONFIRM, assertion);
    expect(again).toMatchObject({ status: 200, body: { status: 'confirmed' } });
    expect(await outside.poasOf(first)).toMatchObject([{ received: 1 }]);
  });

  /** Each misuses a phone for one signature, and is put right afterwards. */
  const MISUSES: [name: string, misuse: (phone: Handset) => () => void][] = [
    [
      'from a phishing page (20)',
      (phone) => lend(phone.authenticator, 'origin', 'https://c0nsentry.example'),
    ],
    ['of a phone that nobody unlocked (19)', (phone) => lend(phone.authenticator, 'userVerified', false)],
  ];
  test.each(MISUSES)('%s: refused', async (_, misuse) => {
    const id = await asked();
    const options = await victim.handset.options(id, CONFIRM);
    const mend = misuse(victim.handset);
    const assertion = victim.handset.sign(options);
    mend();
    expect(await victim.handset.submit(id, CONFIRM, assertion)).toMatchObject(
      problem(403, 'assertion-rejected'),
    );
    await stillWaits(id);
  });

  test("by another person, with their own session or in the victim's (21)", async () => {
    const id = await asked();
    const theirs = await attacker.handset.ask('POST', `/app/declarations/${id}/decision/options`, {
      body: CONFIRM,
    });
    expect(theirs).toMatchObject(problem(404, 'not-found'));
    const options = await victim.handset.options(id, CONFIRM);
    const assertion = attacker.handset.sign(options, { force: true });
    expect(await attacker.handset.submit(id, CONFIRM, assertion)).toMatchObject(problem(404, 'not-found'));
    expect(await victim.handset.submit(id, CONFIRM, assertion)).toMatchObject(
      problem(403, 'assertion-rejected'),
    );
    await stillWaits(id);
  });

  test('turned into another answer after it was signed (22)', async () => {
    const id = await asked();
    const assertion = victim.handset.sign(
      await victim.handset.options(id, { ...CONFIRM, decision: 'repudiated' }),
    );
    expect(await victim.handset.submit(id, CONFIRM, assertion)).toMatchObject(
      problem(422, 'validation-failed'),
    );
    await stillWaits(id);
  });

  test('from another page, or from none (CSRF)', async () => {
    const id = await asked();
    const assertion = victim.handset.sign(await victim.handset.options(id, CONFIRM));
    const path = `${outside.api}/app/declarations/${id}/decision`;
    const cookie = `session=${victim.handset.browser.cookie(outside.api, 'session')}`;
    for (const origin of ['https://evil.example', 'null', undefined]) {
      const headers = { cookie, ...(origin !== undefined && { origin }) };
      expect(await call('POST', path, { body: { ...CONFIRM, assertion }, headers })).toMatchObject(
        problem(403, 'forbidden'),
      );
    }
    await stillWaits(id);
  });

  test('while frozen does not confirm, but says "not mine" (25)', async () => {
    const id = await asked();
    await victim.handset.freeze();
    const assertion = victim.handset.sign(await victim.handset.options(id, CONFIRM));
    expect(await victim.handset.submit(id, CONFIRM, assertion)).toMatchObject(
      problem(409, 'identity-frozen'),
    );
    await victim.handset.decide(id, 'repudiated');
    await victim.handset.unfreeze();
    await untilStatus(outside.broker, id, 'repudiated');
  });

  test('sent to Temporal itself changes nothing (38)', async () => {
    const id = await asked();
    const handle = outside.stack.temporal.workflow.getHandle(`poa/${id}`);
    const [consentId, proposalId] = [uuidv7(), uuidv7()];
    await handle.signal(SIGNAL.decide, { consentId });
    await handle.signal(SIGNAL.cancel, { proposalId, decision: 'confirmed' });
    await handle.signal(SIGNAL.decide, 'confirmed');
    const judged = await handle.executeUpdate(UPDATE.decide, { args: [{ consentId }] });
    expect(judged).not.toMatchObject({ verdict: 'accepted' });
    await stillWaits(id);
    await victim.handset.decide(id, 'confirmed');
    await untilStatus(outside.broker, id, 'confirmed');
  });
});

function lend<T, K extends keyof T>(target: T, member: K, value: T[K]): () => void {
  const before = target[member];
  target[member] = value;
  return () => {
    target[member] = before;
  };
}

describe('what a broker may declare', () => {
  const goods = (changes: object) => {
    const [line] = submission().goods;
    return { goods: [{ ...line, ...changes }] };
  };
  test.each<[string, object, string]>([
    ['a right-to-left override (26)', goods({ description: 'shoes \u202egnp.exe' }), '/goods/0/description'],
    ['a zero-width joiner (26)', goods({ description: 'sho\u200des' }), '/goods/0/description'],
    ['nothing visible (26)', goods({ description: ' \u3000 ' }), '/goods/0/description'],
    ['an exponent (27)', goods({ price: '1e3' }), '/goods/0/price'],
    ['a negative price (27)', goods({ price: '-1' }), '/goods/0/price'],
    ['too many decimals (27)', goods({ price: '1.001' }), '/goods/0/price'],
    ['a price as a number (27)', goods({ price: 35.5 }), '/goods/0/price'],
    ['an unknown currency (27)', goods({ currency: 'XXQ' }), '/goods/0/currency'],
    ['members that nobody asked for', { subjectId: uuidv7() }, '/subjectId'],
  ])('not %s', async (_, changes, pointer) => {
    const { status, body } = await outside.broker.declare({ ...shipmentFor(victim), ...changes });
    expect([status, body.errors.map((error: { pointer: string }) => error.pointer)]).toEqual([
      422,
      [pointer],
    ]);
  });

  test('HTML and look-alike letters are shown as they are signed, as text (26)', async () => {
    const description = '<img src=x onerror=alert(1)> аpple';
    const id = await asked(goods({ description }));
    const answer = await victim.handset.ask('GET', `/app/declarations/${id}`);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.body).toMatchObject({ goods: [{ description }] });
  });

  test('a body over the limit, too deep, of another type, or none of JSON (37)', async () => {
    const path = '/v1/declarations';
    const send = (body: string, type = 'application/json') =>
      outside.broker.request('POST', path, {
        body,
        headers: { 'content-type': type, 'idempotency-key': uuidv7() },
      });
    const body = JSON.stringify(shipmentFor(victim));
    expect(await send(`${body}${' '.repeat(300_000)}`)).toMatchObject(problem(413, 'body-too-large'));
    expect(await send('['.repeat(100_000) + ']'.repeat(100_000))).toMatchObject(
      problem(422, 'validation-failed'),
    );
    expect(await send(body, 'text/plain')).toMatchObject(problem(415, 'unsupported-media-type'));
    expect(await send(body, 'application/x-www-form-urlencoded')).toMatchObject(
      problem(415, 'unsupported-media-type'),
    );
    expect(await send('{"goods":')).toMatchObject(problem(400, 'malformed-request'));
    expect((await outside.broker.get('/v1/declarations')).status).toBe(200);
  });
});

describe('between brokers', () => {
  test("another's declaration is not there, whatever is asked of it (29)", async () => {
    const id = await asked();
    const { otherBroker: other } = outside;
    const path = `/v1/declarations/${id}`;
    const answers = [
      await other.get(path),
      await other.get(`${path}/events`),
      await other.get(`${path}/poa`),
      await other.amend(id, 1, shipmentFor(victim)),
      await other.cancel(id),
    ];
    for (const answer of answers) expect(answer).toMatchObject(problem(404, 'not-found'));
    expect(await other.get(`/v1/declarations/${uuidv7()}`)).toMatchObject(problem(404, 'not-found'));
    const { houseWaybill } = (await outside.broker.get(path)).body;
    expect((await other.get(`/v1/declarations?houseWaybill=${houseWaybill}`)).body.items).toEqual([]);
    await stillWaits(id);
  });

  test('one key, one declaration: at once, again, and with another body (30, 31)', async () => {
    const [key, body] = [uuidv7(), shipmentFor(victim)];
    const twins = await Promise.all(Array.from({ length: 8 }, () => outside.broker.declare(body, key)));
    const bodies = twins.map(({ status, headers, body: told }) => [status, headers.get('location'), told]);
    expect(bodies).toEqual(bodies.map(() => bodies[0]));
    expect(await outside.broker.declare({ ...body, packages: 2 }, key)).toMatchObject(
      problem(409, 'idempotency-key-reused'),
    );
    const theirs = await outside.otherBroker.declare(body, key);
    expect([theirs.status, theirs.body.declarationId === twins[0]?.body.declarationId]).toEqual([201, false]);
  });

  test("one house waybill: the same broker's is refused, another's is accepted and flagged (33)", async () => {
    const body = shipmentFor(victim);
    const first = await declared(outside.broker, body);
    expect(await outside.broker.declare({ ...body, functionalReference: 'B-TWICE' })).toMatchObject(
      problem(409, 'duplicate-waybill'),
    );
    const second = await declared(outside.otherBroker, body);
    await asks(victim, first);
    await victim.handset.decide(first, 'confirmed');
    await untilStatus(outside.broker, first, 'confirmed');
    const { receipt } = (await outside.broker.get(`/v1/declarations/${first}/poa`)).body;
    const claims = JSON.parse(Buffer.from(receipt.split('.')[1], 'base64url').toString());
    expect(claims).toMatchObject({ declaration: { duplicateWaybill: true } });
    await outside.otherBroker.cancel(second);
  });

  test("a broker's token opens neither Customs' side nor the importers', and the other way round", async () => {
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    const { customsToken, operatorToken } = outside.stack.endpoints;
    const context = { ...bearer(outside.broker.token), body: {} };
    expect((await call('POST', `${outside.api}/customs/v1/declarations`, context)).status).toBe(401);
    expect((await call('GET', `${outside.api}/app/inbox`, bearer(outside.broker.token))).status).toBe(401);
    for (const token of [customsToken, operatorToken, 'x']) {
      expect((await call('GET', `${outside.api}/v1/declarations`, bearer(token))).status).toBe(401);
    }
  });
});

describe("Customs' acknowledgement", () => {
  const reportsOf = async (id: string) =>
    (await outside.asked('customs', '/poas')).filter(
      ({ body }) => (body as { declarationId: string }).declarationId === id,
    );

  test('lost twice after it acted: the same bytes under the same key, held once (36)', async () => {
    const id = await asked();
    await outside.fault('customs', { route: '/poas', drop: 'after', times: 2 });
    await victim.handset.decide(id, 'confirmed');
    await untilStatus(outside.broker, id, 'confirmed');
    const sent = (await reportsOf(id)).map(({ headers, body }) => [headers['idempotency-key'], body]);
    expect(sent.length).toBeGreaterThan(1);
    expect(sent).toEqual(sent.map(() => sent[0]));
    expect(await outside.poasOf(id)).toMatchObject([{ outcome: 'confirmed', received: 1 }]);
  });

  test('late: the person is answered meanwhile, the broker sees that it is being reported (36)', async () => {
    const id = await asked();
    await outside.fault('customs', { route: '/poas', delayMs: 2_000, times: 2 });
    expect(await victim.handset.decide(id, 'confirmed')).toMatchObject({ status: 'reporting' });
    expect((await outside.broker.get(`/v1/declarations/${id}`)).body).toMatchObject({
      status: 'reporting',
      answer: { decision: 'confirmed' },
    });
    expect((await outside.broker.get(`/v1/declarations/${id}/poa`)).status).toBe(404);
    await untilStatus(outside.broker, id, 'confirmed');
    expect(await outside.poasOf(id)).toMatchObject([{ received: 1 }]);
  });
});
