import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { contextSchema } from '../../domain/declaration-schema.ts';
import { createCustoms } from '../../sandbox/customs/customs.ts';
import type { Listening } from '../../sandbox/listen.ts';
import { type Answer, call, type Receiver, spawnStandIn, startReceiver } from '../support/stand-in.ts';

const TOKEN = 'customs-token-of-the-test';
const bearer = { authorization: `Bearer ${TOKEN}` };

const declaration = {
  brokerBoxNumber: '0001',
  functionalReference: 'B-000123',
  masterWaybill: '29712345675',
  houseWaybill: 'HAWB0001',
  flight: 'CI0006',
  importDate: '2026-11-24',
  importer: { name: '王小明', phone: '0912-345-678' },
  goods: [
    {
      sequence: 1,
      description: 'running shoes',
      quantity: '2',
      unit: 'PCE',
      price: '35.50',
      currency: 'USD',
    },
  ],
  packages: 1,
  grossMassKg: '1.850',
};
const identity = {
  idNumber: 'A123456789',
  idType: 'national_id_card',
  name: '王小明',
  birthDate: '1990-01-01',
  phone: '+886912345678',
  verifiedAt: '2026-11-24T08:00:00+08:00',
  verification: { operator: 'sandbox', method: 'number-verification', correlator: 'c-1' },
};

let url: string;
const send = (method: string, path: string, body?: unknown, key: string = randomUUID()): Promise<Answer> =>
  call(method, `${url}${path}`, { body, headers: { ...bearer, 'idempotency-key': key } });
const control = (method: string, path: string, body?: unknown): Promise<Answer> =>
  call(method, `${url}/_control${path}`, { body });
const lodgement = (more: Record<string, unknown> = {}) => ({
  declarationId: randomUUID(),
  version: 1,
  functionCode: '9',
  declaration,
  ...more,
});
const outcome = (declarationId: string, more: Record<string, unknown> = {}) => ({
  declarationId,
  outcome: 'confirmed',
  decidedAt: '2026-11-24T09:00:00Z',
  receipt: 'a.b.c',
  ...more,
});

describe('Customs', () => {
  let customs: Listening;
  let consentry: Receiver;

  beforeAll(async () => {
    consentry = await startReceiver(201);
    customs = await createCustoms({
      token: TOKEN,
      consentry: { url: consentry.url, token: 'inbound' },
    }).listen(0);
    url = customs.url;
  });
  beforeEach(async () => {
    await control('POST', '/reset');
    consentry.received.length = 0;
  });
  afterAll(async () => {
    await customs.close();
    await consentry.close();
  });

  test('lets in only the bearer of its token', async () => {
    for (const authorization of ['', 'Bearer wrong', TOKEN]) {
      const answer = await call('POST', `${url}/declarations`, { body: {}, headers: { authorization } });
      expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    }
  });

  test.each([
    ['PUT', '/identities/r1'],
    ['DELETE', '/identities/r1'],
    ['POST', '/declarations'],
    ['PUT', '/poas/d1/1'],
    ['PUT', '/fraud-cases/c1'],
  ])('%s %s needs an Idempotency-Key', async (method, path) => {
    const answer = await call(method, `${url}${path}`, { body: {}, headers: bearer });
    expect([answer.status, answer.body.code]).toEqual([400, 'idempotency-key-required']);
  });

  test('the same key with the same bytes gets the first answer, with others 409', async () => {
    const body = lodgement();
    const first = await send('POST', '/declarations', body, 'k1');
    const again = await send('POST', '/declarations', body, 'k1');
    expect(again.body).toEqual(first.body);
    const other = await send('POST', '/declarations', { ...body, version: 2 }, 'k1');
    expect([other.status, other.body.code]).toEqual([409, 'idempotency-key-reused']);
    const otherPath = await send('PUT', '/poas/x/1', body, 'k1');
    expect(otherPath.body.code).toBe('idempotency-key-reused');
    expect((await control('GET', '/declarations')).body).toHaveLength(1);
  });

  test('a refusal is not kept under its key: the same request is judged anew', async () => {
    await control('PUT', '/mode', { refuse: { prefix: 'B-', code: 'importer-unknown' } });
    const body = lodgement();
    const refused = await send('POST', '/declarations', body, 'k1');
    expect([refused.status, refused.body.code]).toEqual([422, 'importer-unknown']);
    await control('PUT', '/mode', {});
    expect((await send('POST', '/declarations', body, 'k1')).status).toBe(201);
  });

  test('names each fault of a body by its pointer', async () => {
    const goods = [{ ...declaration.goods[0], price: '1e3' }];
    const answer = await send('POST', '/declarations', lodgement({ declaration: { ...declaration, goods } }));
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ code: 'validation-failed', status: 422 });
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(
      '/declaration/goods/0/price',
    );
    const steering = { ...declaration, order: 'declare-first' };
    expect((await send('POST', '/declarations', lodgement({ declaration: steering }))).status).toBe(422);
    expect((await send('POST', '/declarations', '{', 'k')).body.code).toBe('malformed-request');
  });

  describe('identities (R4)', () => {
    test('a file is set up, replaced by a recovery of the same ID number, and ended', async () => {
      const first = await send('PUT', '/identities/r1', identity);
      expect(first.status).toBe(201);
      const { fileNumber } = first.body;
      const recovered = await send('PUT', '/identities/r2', { ...identity, phone: '+886922222222' });
      expect(recovered.body).toEqual({ fileNumber });
      expect((await control('GET', '/identities')).body).toEqual([
        { registrationId: 'r2', fileNumber, ...identity, phone: '+886922222222' },
      ]);
      const end = { reason: 'left', endedAt: '2026-11-25T00:00:00Z' };
      expect((await send('DELETE', '/identities/r1', end)).status).toBe(204);
      expect((await control('GET', '/identities')).body).toHaveLength(1);
      expect((await send('DELETE', '/identities/r2', end, 'k9')).status).toBe(204);
      expect((await send('DELETE', '/identities/r2', end, 'k9')).status).toBe(204);
      expect((await control('GET', '/identities')).body).toEqual([]);
      expect((await send('DELETE', '/identities/r3', end)).status).toBe(404);
    });

    test('refuses a phone that is not in E.164', async () => {
      expect((await send('PUT', '/identities/r1', { ...identity, phone: '0912345678' })).status).toBe(422);
    });
  });

  describe('declarations (P1, P2)', () => {
    test('echoes the declaration as context under a new number in the form of Taiwan', async () => {
      const body = lodgement();
      const answer = await send('POST', '/declarations', body);
      expect(answer.status).toBe(201);
      expect(answer.body.declarationNumber).toMatch(/^[A-Z]{2} \d{2} \d{3} [A-Z]\d{4}$/);
      expect(answer.body.context).toEqual({
        declarationNumber: answer.body.declarationNumber,
        declarationId: body.declarationId,
        version: 1,
        lodgedAt: expect.any(String),
        ...declaration,
      });
      expect(contextSchema.safeParse(answer.body.context).success).toBe(true);
    });

    test('keeps a submitted number, and the number through a replacement', async () => {
      const declarationNumber = 'CX 15 123 A1234';
      const body = lodgement({ declaration: { ...declaration, declarationNumber } });
      expect((await send('POST', '/declarations', body)).body.declarationNumber).toBe(declarationNumber);
      const amended = lodgement({ declarationId: body.declarationId, version: 2, functionCode: '5' });
      const answer = await send('POST', '/declarations', amended);
      expect(answer.body.context).toMatchObject({ declarationNumber, version: 2 });
    });

    test('function codes follow the state of the declaration', async () => {
      const body = lodgement();
      const { declarationId } = body;
      const step = async (version: number, functionCode: string) => {
        const answer = await send(
          'POST',
          '/declarations',
          lodgement({ declarationId, version, functionCode }),
        );
        return answer.body.code ?? answer.status;
      };
      expect(await step(1, '5')).toBe('not-lodged');
      expect(await step(1, '1')).toBe('not-lodged');
      expect(await step(1, '9')).toBe(201);
      expect(await step(2, '9')).toBe('already-lodged');
      expect(await step(2, '5')).toBe(201);
      expect(await step(1, '5')).toBe('superseded');
      expect(await step(2, '1')).toBe(201);
      expect(await step(3, '5')).toBe('cancelled');
      const [held] = (await control('GET', '/declarations')).body;
      expect(held).toMatchObject({ declarationId, status: 'cancelled', functionCode: '1' });
    });

    test('can be made to hold something else than was lodged', async () => {
      await control('PUT', '/mode', { alter: { grossMassKg: '9', packages: 3 } });
      const answer = await send('POST', '/declarations', lodgement());
      expect(answer.body.context).toMatchObject({ grossMassKg: '9', packages: 3, flight: 'CI0006' });
    });

    test('sends the context later when told to, with its own token', async () => {
      await control('PUT', '/mode', { context: 'later' });
      const body = lodgement();
      const answer = await send('POST', '/declarations', body);
      expect([answer.status, answer.body.context]).toEqual([202, undefined]);
      await vi.waitFor(() => expect(consentry.received).toHaveLength(1));
      const [received] = consentry.received;
      expect(received?.path).toBe('/customs/v1/declarations');
      expect(received?.headers.authorization).toBe('Bearer inbound');
      expect(received?.body).toMatchObject({ declarationId: body.declarationId, version: 1, ...declaration });
      await vi.waitFor(async () => {
        const [held] = (await control('GET', '/declarations')).body;
        expect(held.delivery.status).toBe(201);
      });
    });

    test('a broker can lodge past Consentry, which is told and whose answer is shown', async () => {
      const answer = await control('POST', '/lodge', declaration);
      expect(answer.body.answer).toEqual({ status: 201, body: { status: 201 } });
      const [received] = consentry.received;
      expect(received?.body).toEqual(answer.body.context);
      expect(contextSchema.safeParse(received?.body).success).toBe(true);
      expect(received?.body).not.toHaveProperty('declarationId');
    });
  });

  describe('POAs (P5)', () => {
    test('holds one outcome per version, and acknowledges the same one again under another key', async () => {
      const { body: lodged } = await send('POST', '/declarations', lodgement({ declarationId: 'd1' }));
      const path = `/poas/${encodeURIComponent(lodged.declarationNumber)}/1`;
      const first = await send('PUT', path, outcome('d1'), 'k1');
      expect(first.body).toEqual({ acknowledgementNumber: expect.any(String), replyCode: '00' });
      expect((await send('PUT', path, outcome('d1'), 'k1')).body).toEqual(first.body);
      expect((await send('PUT', path, outcome('d1'), 'k2')).body).toEqual(first.body);
      expect((await send('PUT', path, outcome('d1'), 'k2')).body).toEqual(first.body);
      expect((await control('GET', '/poas')).body).toEqual([
        {
          reference: lodged.declarationNumber,
          declarationNumber: lodged.declarationNumber,
          declarationId: 'd1',
          version: 1,
          outcome: 'confirmed',
          decidedAt: '2026-11-24T09:00:00Z',
          acknowledgementNumber: first.body.acknowledgementNumber,
          received: 2,
        },
      ]);
    });

    test('a contradictory outcome is refused with what is held, and counted', async () => {
      const first = await send('PUT', '/poas/d1/1', outcome('d1'));
      const other = outcome('d1', { outcome: 'declined', reason: 'wrong_price' });
      for (const key of ['k2', 'k2', 'k3']) {
        const answer = await send('PUT', '/poas/d1/1', other, key);
        expect([answer.status, answer.body.code]).toEqual([409, 'contradictory-outcome']);
        expect(answer.body.held).toEqual({
          outcome: 'confirmed',
          version: 1,
          acknowledgementNumber: first.body.acknowledgementNumber,
          decidedAt: '2026-11-24T09:00:00Z',
        });
      }
      const [held] = (await control('GET', '/poas')).body;
      expect(held).toMatchObject({ outcome: 'confirmed', received: 3, declarationNumber: null });
    });

    test('a lower version than held is superseded, unless it is held itself', async () => {
      await send('PUT', '/poas/d1/1', outcome('d1', { outcome: 'declined' }));
      await send('PUT', '/poas/d1/3', outcome('d1'));
      const late = await send('PUT', '/poas/d1/2', outcome('d1'));
      expect([late.status, late.body.code]).toEqual([409, 'superseded']);
      const again = await send('PUT', '/poas/d1/1', outcome('d1', { outcome: 'declined' }));
      expect(again.body.replyCode).toBe('00');
      expect((await control('GET', '/poas')).body).toHaveLength(2);
    });

    test('a reference that belongs to another declaration is refused', async () => {
      await send('POST', '/declarations', lodgement({ declarationId: 'd1' }));
      const answer = await send('PUT', '/poas/CX%2000%20000%20A0000/1', outcome('d1'));
      expect([answer.status, answer.body.code]).toEqual([422, 'reference-mismatch']);
    });

    test('can be told to answer another reply code, and then holds nothing', async () => {
      await control('PUT', '/mode', { replyCode: '33', times: 2 });
      for (const expected of ['33', '33', '00'])
        expect((await send('PUT', '/poas/d1/1', outcome('d1'), 'k1')).body.replyCode).toBe(expected);
      expect((await control('GET', '/poas')).body).toHaveLength(1);
    });
  });

  test('files fraud cases', async () => {
    const fraudCase = {
      declarationId: 'd1',
      reference: 'd1',
      version: 1,
      openedAt: '2026-11-24T09:00:00Z',
      kind: 'repudiated',
    };
    expect((await send('PUT', '/fraud-cases/c1', fraudCase)).body).toEqual({ caseId: 'c1' });
    expect((await control('GET', '/fraud-cases')).body).toEqual([{ caseId: 'c1', ...fraudCase }]);
    expect((await send('PUT', '/fraud-cases/c2', { ...fraudCase, kind: 'other' })).status).toBe(422);
  });
});

describe('Customs killed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'customs-'));
  const stateFile = join(directory, 'state.jsonl');
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('after acting and before answering, it still holds what it did, once', async () => {
    const env = { CUSTOMS_TOKEN: TOKEN, STATE_FILE: stateFile };
    let customs = await spawnStandIn('customs', env);
    url = customs.url;
    await send('PUT', '/identities/r1', identity);
    const lodged = await send('POST', '/declarations', lodgement({ declarationId: 'd1' }), 'lodge');
    await control('POST', '/faults', { route: '/poas', drop: 'after', times: 1 });
    await expect(send('PUT', '/poas/d1/1', outcome('d1'), 'poa')).rejects.toThrow();
    await customs.kill();

    writeFileSync(stateFile, '{"type":"acted","key":"torn', { flag: 'a' });
    customs = await spawnStandIn('customs', env);
    url = customs.url;
    expect((await control('GET', '/identities')).body).toHaveLength(1);
    const again = await send('PUT', '/poas/d1/1', outcome('d1'), 'poa');
    expect(again.body.replyCode).toBe('00');
    expect((await control('GET', '/poas')).body).toMatchObject([{ declarationId: 'd1', received: 1 }]);
    const relodged = (await control('GET', '/declarations')).body;
    expect(relodged).toMatchObject([{ declarationNumber: lodged.body.declarationNumber }]);
    await customs.kill();

    customs = await spawnStandIn('customs', env);
    url = customs.url;
    expect((await control('GET', '/poas')).body).toMatchObject([{ declarationId: 'd1', received: 1 }]);
    expect(await customs.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  test('a context promised for later is still sent after the kill, until it is taken', async () => {
    const consentry = await startReceiver(503, 503, 201);
    const file = join(directory, 'later.jsonl');
    const env = {
      CUSTOMS_TOKEN: TOKEN,
      CONSENTRY_TOKEN: 'inbound',
      CONSENTRY_URL: consentry.url,
      STATE_FILE: file,
    };
    let customs = await spawnStandIn('customs', env);
    url = customs.url;
    await control('PUT', '/mode', { context: 'later', delayMs: 600_000 });
    expect((await send('POST', '/declarations', lodgement())).status).toBe(202);
    await customs.kill();
    customs = await spawnStandIn('customs', env);
    url = customs.url;
    const delivery = async () => (await control('GET', '/declarations')).body[0].delivery.status;
    await vi.waitFor(async () => expect(await delivery()).toBe(201), 5_000);
    expect(consentry.received).toHaveLength(3);
    await customs.kill();
    customs = await spawnStandIn('customs', env);
    url = customs.url;
    expect(await delivery()).toBe(201);
    expect((await control('GET', '/mode')).body.context).toBe('later');
    await customs.kill();
    expect(consentry.received).toHaveLength(3);
    await consentry.close();
  });
});
