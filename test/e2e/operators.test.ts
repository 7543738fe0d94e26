/** What needs an operator, through `npm run admin` as they type it, and what broker and importer see of it. */
import { execFile } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTE } from '../../domain/messages.ts';
import { logInBroker } from '../support/broker-client.ts';
import {
  asks,
  type Citizen,
  declared,
  eventually,
  type Outside,
  openOutside,
  shipmentFor,
  untilStatus,
} from '../support/outside.ts';
import { call } from '../support/stand-in.ts';

let outside: Outside;
let citizen: Citizen;
beforeAll(async () => {
  outside = await openOutside();
  citizen = await outside.citizen();
});
afterAll(() => outside?.close());
afterEach(() => outside.control('customs', 'PUT', '/mode', {}));

/** `npm run admin -- …` beside the running stack. */
function admin(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const command = ['run', '--silent', 'admin', '--', ...args];
  const env = { ...process.env, ...outside.stack.env };
  return new Promise((resolve) => {
    execFile('npm', command, { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}
const resolve = (id: string, action: string, ...more: string[]) =>
  admin('poa', 'resolve', id, action, '--by', 'Chen', '--reason', 'asked Customs', ...more);

async function asked(changes: object = {}): Promise<string> {
  const id = await declared(outside.broker, shipmentFor(citizen, changes));
  await asks(citizen, id);
  return id;
}

/** Confirmed, while Customs has it from elsewhere that nobody answered. */
async function contradicted(): Promise<string> {
  const id = await asked();
  const { status } = await call('PUT', `${outside.stack.endpoints.customs}/poas/${id}/1`, {
    headers: {
      authorization: `Bearer ${outside.stack.env.CUSTOMS_TOKEN}`,
      'idempotency-key': `from elsewhere ${id}`,
    },
    body: { declarationId: id, outcome: 'expired', decidedAt: new Date().toISOString() },
  });
  expect(status).toBe(200);
  await confirm(id);
  await untilStatus(outside.broker, id, 'needs_attention');
  return id;
}
const confirm = async (id: string) =>
  expect(await citizen.handset.decide(id, 'confirmed')).toMatchObject({ consentId: expect.any(String) });
const read = async (id: string) => (await outside.broker.get(`/v1/declarations/${id}`)).body;
const poaOf = async (id: string) => outside.broker.get(`/v1/declarations/${id}/poa`);
const answerOf = async (id: string) => (await citizen.handset.declaration(id)).answer;

describe('a POA that needs attention', () => {
  test('is listed for operators, shown to them without personal data, and open to no change meanwhile', async () => {
    const id = await contradicted();
    const query = `${SEARCH_ATTRIBUTE.status} = 'needs_attention'`;
    const listed = async () => {
      const ids: string[] = [];
      for await (const { workflowId } of outside.stack.temporal.workflow.list({ query }))
        ids.push(workflowId);
      return ids;
    };
    await eventually(listed).toContain(`poa/${id}`);
    const shown = await admin('poa', 'show', id);
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining('needs_attention')]);
    for (const personal of [citizen.who.name, citizen.who.phone, 'running shoes']) {
      expect(shown.out).not.toContain(personal);
    }
    expect((await outside.broker.cancel(id)).status).toBe(409);
    expect((await poaOf(id)).status).toBe(404);
    expect(await read(id)).toMatchObject({ answer: { decision: 'confirmed' } });
  });

  test('retry: the same report once more', async () => {
    await outside.control('customs', 'PUT', '/mode', { replyCode: '33' });
    const id = await asked();
    await confirm(id);
    await untilStatus(outside.broker, id, 'needs_attention');
    expect(await outside.poasOf(id)).toEqual([]);
    await outside.control('customs', 'PUT', '/mode', {});
    expect(await resolve(id, 'retry')).toMatchObject({ code: 0 });
    await untilStatus(outside.broker, id, 'confirmed');
    expect(await outside.poasOf(id)).toMatchObject([{ outcome: 'confirmed', received: 1 }]);
    const sent = (await outside.asked('customs', '/poas')).filter(
      ({ body }) => (body as { declarationId: string }).declarationId === id,
    );
    expect(sent.length).toBeGreaterThan(1);
    expect(new Set(sent.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  test('accept-customs: what Customs holds stands, without a receipt, and the answer is void', async () => {
    const id = await contradicted();
    const [held] = await outside.poasOf(id);
    expect(await resolve(id, 'accept-customs')).toMatchObject({ code: 0 });
    await untilStatus(outside.broker, id, 'expired');
    const { body } = await poaOf(id);
    expect(body).toMatchObject({ outcome: 'expired', acknowledgementNumber: held?.acknowledgementNumber });
    expect(body).not.toHaveProperty('receipt');
    expect([(await read(id)).answer, await answerOf(id)]).toEqual([undefined, undefined]);
  });

  test('correct: back to the broker, whose amendment is asked and confirmed anew', async () => {
    const id = await contradicted();
    expect(await resolve(id, 'correct')).toMatchObject({ code: 0 });
    await untilStatus(outside.broker, id, 'needs_correction');
    const { importer } = citizen;
    const amended = await outside.broker.amend(id, 1, {
      ...shipmentFor(citizen),
      importer,
      packages: 2,
    });
    expect(amended.status).toBe(200);
    await asks(citizen, id, 2);
    await confirm(id);
    await untilStatus(outside.broker, id, 'confirmed');
    expect(await outside.poasOf(id)).toMatchObject([
      { version: 1, outcome: 'expired' },
      { version: 2, outcome: 'confirmed' },
    ]);
  });

  test('because Customs holds other goods than were consented to: never reported as confirmed', async () => {
    await outside.control('customs', 'PUT', '/mode', { alter: { packages: 9 } });
    const id = await asked({ order: 'consent-first' });
    await confirm(id);
    await untilStatus(outside.broker, id, 'needs_attention');
    expect(await outside.poasOf(id)).toEqual([]);
    expect(await resolve(id, 'correct')).toMatchObject({ code: 0 });
    await untilStatus(outside.broker, id, 'needs_correction');
    expect(await outside.poasOf(id)).toEqual([]);
  });

  test('is resolved by nobody twice, nor one that needs nothing', async () => {
    const id = await contradicted();
    expect(await resolve(id, 'accept-customs')).toMatchObject({ code: 0 });
    expect(await resolve(id, 'retry')).toMatchObject({ code: 1, err: expect.stringContaining('expired') });
  });
});

test("a revoked broker's live token stops within five seconds (32)", async () => {
  const { code, out } = await admin('broker', 'create', '--name', 'Short-lived', '--box-number', 'CX999');
  expect(code).toBe(0);
  const [clientId = '', clientSecret = ''] = ['clientId', 'clientSecret'].map(
    (name) => new RegExp(`${name}\\s+(\\S+)`).exec(out)?.[1],
  );
  const broker = await logInBroker(outside.api, clientId, clientSecret);
  expect((await broker.get('/v1/declarations')).status).toBe(200);
  expect(await admin('broker', 'revoke', clientId)).toMatchObject({ code: 0 });
  await eventually(async () => (await broker.get('/v1/declarations')).status, 5_000).toBe(401);
  await expect(logInBroker(outside.api, clientId, clientSecret)).resolves.toMatchObject({ token: undefined });
});
