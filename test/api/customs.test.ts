import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { unseal } from '../../db/seal.ts';
import type { DeclarationContent } from '../../domain/declaration.ts';
import { type ApiWorld, CUSTOMS_TOKEN, createApiWorld, OTHER_BOX_NUMBER } from '../support/api-world.ts';
import {
  bring,
  CONTEXTS_PATH,
  type Context,
  codeOf,
  context,
  number,
  sendContext,
} from '../support/customs-contexts.ts';
import { BOX_NUMBER, content, declare, propose } from '../support/poa-fixtures.ts';

const HOUR = 3_600_000;

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world?.close());
beforeEach(() => {
  world.calls.length = 0;
});

async function row(declarationId: string) {
  const { rows } = await world.pool.query('SELECT * FROM declarations WHERE declaration_id = $1', [
    declarationId,
  ]);
  return rows[0];
}

const send = (body: unknown) => sendContext(world, body);

/** A declaration that its broker lodged through us. */
const lodged = (submitted = content()) =>
  declare(world, 'declare-first', { content: submitted, start: false });

describe('who may send', () => {
  test.each(['', 'Bearer', 'Bearer wrong', `Basic ${CUSTOMS_TOKEN}`, `Bearer ${CUSTOMS_TOKEN}x`])(
    'not with "%s"',
    async (authorization) => {
      const answer = await world.request('POST', CONTEXTS_PATH, {
        body: context(),
        headers: { authorization },
      });
      expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthenticated']);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    },
  );

  test('other methods are told the one that exists', async () => {
    const answer = await world.request('GET', CONTEXTS_PATH, {
      headers: { authorization: `Bearer ${CUSTOMS_TOKEN}` },
    });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test.each([
    [{ version: 0 }, '/version'],
    [{ version: 2 ** 31 }, '/version'],
    [{ brokerBoxNumber: 'A\u0000' }, '/brokerBoxNumber'],
    [{ respondBy: '2026-11-26T00:00:00+08:00' }, '/respondBy'],
    [{ grossMassKg: '70.1' }, '/grossMassKg'],
    [{ lodgedAt: 'yesterday' }, '/lodgedAt'],
  ])('%j is refused at its member', async (changes, pointer) => {
    const answer = await send({ ...context(), ...changes });
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, pointer]);
  });

  test('an unknown box number is refused', async () => {
    const answer = await send(context({ brokerBoxNumber: 'Z999' }));
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, '/brokerBoxNumber']);
  });
});

describe('what was lodged past us begins here', () => {
  test('with everything that a broker would have given, and 72 hours to answer', async () => {
    const sent = context();
    const answer = await send(sent);
    expect(answer.status).toBe(201);
    const { declarationId } = answer.body;
    expect(answer.body).toEqual({ declarationId, version: 1, status: 'received' });
    expect(await row(declarationId)).toMatchObject({
      broker_id: world.brokerId,
      poa_order: 'customs-started',
      status: 'received',
      declaration_number: sent.declarationNumber,
      functional_reference: sent.functionalReference,
      waybill_taken: true,
      waybill_elsewhere: false,
    });
    expect(((await row(declarationId)).respond_by - Date.now()) / HOUR).toBeCloseTo(72, 1);
    expect(world.calls).toEqual([['startPoa', declarationId]]);
  });

  test('its version and context say just what was sent, sealed under its own key', async () => {
    const sent = context();
    const { declarationId } = (await send(sent)).body;
    const { rows } = await world.pool.query(
      `SELECT v.sealed AS version, c.sealed AS context, v.state, c.digest = v.digest AS same, c.taken_at
       FROM declaration_versions v JOIN contexts c USING (declaration_id, version) WHERE declaration_id = $1`,
      [declarationId],
    );
    const key = (await world.db.keys.get(declarationId)) ?? Buffer.alloc(32);
    const version = unseal(key, `declaration_versions/${declarationId}.1/sealed`, rows[0].version);
    const kept = unseal(key, `contexts/${declarationId}.1/sealed`, rows[0].context);
    const { declarationNumber: _, brokerBoxNumber: _b, version: _v, lodgedAt: _l, ...submitted } = sent;
    expect(version).toMatchObject({ submitted });
    expect(kept).toEqual({ canonical: (version as { canonical: string }).canonical });
    expect(rows[0]).toMatchObject({ state: 'in-force', same: true });
    expect(rows[0].taken_at).not.toBeNull();
    const { rows: events } = await world.pool.query(
      'SELECT type, version FROM events WHERE declaration_id = $1',
      [declarationId],
    );
    expect(events).toEqual([{ type: 'declaration.received', version: 1 }]);
  });

  test('in four round trips: match, data key, rows, waybills elsewhere', async () => {
    await send(context());
    const queries = vi.spyOn(pg.Client.prototype, 'query');
    await send(context());
    const names = queries.mock.calls.map(([query]) => (query as unknown as { name: string }).name);
    queries.mockRestore();
    expect(names).toEqual(['context-match', 'keys-create', 'customs-started-insert', 'waybills-elsewhere']);
  });

  test('sent twenty times at once it is one declaration', async () => {
    const sent = context();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(sent)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
    expect(new Set(answers.map(({ body }) => body.declarationId)).size).toBe(1);
    const { rows } = await world.pool.query(
      'SELECT declaration_id FROM declarations WHERE declaration_number = $1',
      [sent.declarationNumber],
    );
    expect(rows).toHaveLength(1);
    expect(world.calls).toHaveLength(1);
  });

  test('contradictory ones of a number at once: one counts, whatever it says', async () => {
    const declarationNumber = number();
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(context({ declarationNumber }))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
    expect(answers.filter(({ status }) => status === 409).map(codeOf)).toEqual(
      Array(9).fill('version-conflict'),
    );
  });

  test('a data key without its declaration is not left behind by a twin', async () => {
    const sent = context();
    const create = vi.spyOn(world.db.keys, 'create');
    await Promise.all(Array.from({ length: 5 }, () => send(sent)));
    const made = create.mock.calls.map(([keyId]) => keyId);
    create.mockRestore();
    expect((await world.db.keys.getMany(made)).size).toBe(1);
  });

  test('whose answer by the database was lost keeps its data key', async () => {
    const sent = context();
    const query = world.pool.query.bind(world.pool) as (asked: { name?: string }) => Promise<unknown>;
    const losing = async (asked: { name?: string }) => {
      const result = await query(asked);
      if (asked.name === 'customs-started-insert') throw new Error('connection terminated');
      return result;
    };
    const lost = vi.spyOn(world.pool, 'query').mockImplementation(losing as never);
    expect((await send(sent)).status).toBe(500);
    lost.mockRestore();
    const { rows } = await world.pool.query(
      'SELECT declaration_id FROM declarations WHERE declaration_number = $1',
      [sent.declarationNumber],
    );
    expect(await world.db.keys.get(rows[0].declaration_id)).not.toBe(null);
  });

  test('not with its second version first', async () => {
    const answer = await send(context({ version: 2 }));
    expect([answer.status, codeOf(answer)]).toEqual([409, 'version-conflict']);
  });

  test("not with waybills of another of the broker's declarations", async () => {
    const { content: other } = await lodged();
    const { masterWaybill, houseWaybill } = other;
    const answer = await send(context({ masterWaybill, houseWaybill }));
    expect([answer.status, codeOf(answer)]).toEqual([409, 'duplicate-waybill']);
    expect(world.calls).toEqual([]);
  });

  test('with waybills of another broker it is accepted, and both are flagged', async () => {
    const first = await send(context());
    const { house_waybill, master_waybill } = await row(first.body.declarationId);
    const second = await send(
      context({
        houseWaybill: house_waybill,
        masterWaybill: master_waybill,
        brokerBoxNumber: OTHER_BOX_NUMBER,
      }),
    );
    expect(second.status).toBe(201);
    expect(await row(first.body.declarationId)).toMatchObject({ waybill_elsewhere: true });
    expect(await row(second.body.declarationId)).toMatchObject({ waybill_elsewhere: true });
  });

  test('two brokers with the same waybills at the same instant are both flagged', async () => {
    for (let round = 0; round < 10; round++) {
      const { houseWaybill } = context();
      const answers = await Promise.all(
        [BOX_NUMBER, OTHER_BOX_NUMBER].map((brokerBoxNumber) =>
          send(context({ brokerBoxNumber, houseWaybill })),
        ),
      );
      for (const { body } of answers)
        expect(await row(body.declarationId)).toMatchObject({ waybill_elsewhere: true });
    }
  });
});

describe('the same again', () => {
  test('is answered as it stands, and begins nothing', async () => {
    const sent = context();
    const { declarationId } = (await send(sent)).body;
    await bring(world, declarationId, 'awaiting_importer');
    world.calls.length = 0;
    const again = await send(sent);
    expect(again.status).toBe(200);
    expect(again.body).toEqual({ declarationId, version: 1, status: 'awaiting_importer' });
    expect(world.calls).toEqual([]);
  });

  test('also when written otherwise, and long after its end', async () => {
    const sent = context();
    const { declarationId } = (await send(sent)).body;
    await bring(world, declarationId, 'confirmed', true);
    const importer = { ...sent.importer, phone: '0912-345-678' };
    const again = await send({ ...sent, grossMassKg: '1.8500', importer, lodgedAt: '2026-11-24T01:00:00Z' });
    expect([again.status, again.body]).toEqual([200, { declarationId, version: 1, status: 'confirmed' }]);
  });

  test('with another content it is a conflict', async () => {
    const sent = context();
    await send(sent);
    const answer = await send({ ...sent, packages: 2 });
    expect([answer.status, codeOf(answer)]).toEqual([409, 'version-conflict']);
  });
});

describe("a broker's declaration gets its context", () => {
  const of = (declaration: { content: DeclarationContent }, changes: Partial<Context> = {}) =>
    context({ ...declaration.content, ...changes });

  test('by its reference: kept for the process, which is told', async () => {
    const declaration = await lodged();
    await bring(world, declaration.declarationId, 'awaiting_context');
    const answer = await send(of(declaration));
    const { declarationId } = declaration;
    expect([answer.status, answer.body]).toEqual([
      200,
      { declarationId, version: 1, status: 'awaiting_context' },
    ]);
    const { rows } = await world.pool.query('SELECT taken_at FROM contexts WHERE declaration_id = $1', [
      declarationId,
    ]);
    expect(rows).toEqual([{ taken_at: null }]);
    expect(world.calls).toEqual([['lookAgain', declarationId]]);
  });

  test('sent again before it was taken up, the process is told again', async () => {
    const declaration = await lodged();
    const sent = of(declaration);
    await send(sent);
    expect((await send(sent)).status).toBe(200);
    expect(world.calls).toEqual(Array(2).fill(['lookAgain', declaration.declarationId]));
  });

  test.each(['lodging', 'awaiting_context'] as const)(
    'while %s: another content than the submitted one needs correction',
    async (status) => {
      const declaration = await lodged();
      await bring(world, declaration.declarationId, status);
      const sent = of(declaration, { packages: 3 });
      expect((await send(sent)).body).toMatchObject({ status: 'needs_correction' });
      expect((await send(sent)).body).toMatchObject({ status: 'needs_correction' });
    },
  );

  test('whose outcome is settled: kept, and the outcome stands', async () => {
    const declaration = await lodged();
    await bring(world, declaration.declarationId, 'cancelled', true);
    const answer = await send(of(declaration, { packages: 3, declarationId: declaration.declarationId }));
    expect([answer.status, answer.body.status]).toEqual([200, 'cancelled']);
  });

  test('by its id whatever else it says', async () => {
    const { declarationId } = await lodged();
    await lodged(content({ functionalReference: 'TAKEN-1' }));
    const answer = await send(context({ declarationId, functionalReference: 'TAKEN-1' }));
    expect([answer.status, answer.body.declarationId]).toEqual([200, declarationId]);
  });

  test('by its number when nothing else is known', async () => {
    const { declarationId } = await lodged();
    const declarationNumber = number();
    await world.pool.query('UPDATE declarations SET declaration_number = $2 WHERE declaration_id = $1', [
      declarationId,
      declarationNumber,
    ]);
    const answer = await send(context({ declarationNumber }));
    expect([answer.status, answer.body.declarationId]).toEqual([200, declarationId]);
  });

  test('not by the reference of one that has ended', async () => {
    const declaration = await lodged();
    await world.pool.query(
      `UPDATE declarations SET status = 'expired', finished = true, waybill_taken = false WHERE declaration_id = $1`,
      [declaration.declarationId],
    );
    expect((await send(of(declaration))).status).toBe(201);
  });

  test('an id that is nobody’s, or none at all, is passed over', async () => {
    for (const declarationId of ['00000000-0000-7000-8000-000000000000', 'x', '']) {
      expect((await send(context({ declarationId }))).status).toBe(201);
    }
  });

  test('first contexts at once: one is kept, the others are the same or a conflict', async () => {
    const declaration = await lodged();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => send(of(declaration, { packages: 1 + (i % 2) }))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      ...Array(5).fill(200),
      ...Array(5).fill(409),
    ]);
  });

  test('its process judges versions: one too far ahead is a conflict, an earlier one superseded', async () => {
    const declaration = await lodged();
    const ahead = await send(of(declaration, { version: 2 }));
    expect([ahead.status, codeOf(ahead)]).toEqual([409, 'version-conflict']);
    await propose(world, declaration.declarationId, {
      kind: 'amendment',
      version: 2,
      content: declaration.content,
    });
    await world.pool.query('UPDATE declarations SET version = 2 WHERE declaration_id = $1', [
      declaration.declarationId,
    ]);
    const behind = await send(of(declaration));
    expect([behind.status, codeOf(behind)]).toEqual([409, 'superseded']);
    expect((await send(of(declaration, { version: 2 }))).body).toMatchObject({ version: 2 });
  });
});

describe('only within the box number', () => {
  test('an id of another broker is refused', async () => {
    const { declarationId, content: theirs } = await lodged();
    const answer = await send(context({ ...theirs, declarationId, brokerBoxNumber: OTHER_BOX_NUMBER }));
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, '/brokerBoxNumber']);
  });

  test('a number that Customs gave to another broker is refused', async () => {
    const { declarationNumber } = context();
    await send(context({ declarationNumber }));
    const answer = await send(context({ declarationNumber, brokerBoxNumber: OTHER_BOX_NUMBER }));
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, '/brokerBoxNumber']);
  });

  test('a number that another broker only claims hinders nobody', async () => {
    const { declarationId } = await lodged();
    const declarationNumber = number();
    await world.pool.query('UPDATE declarations SET declaration_number = $2 WHERE declaration_id = $1', [
      declarationId,
      declarationNumber,
    ]);
    expect((await send(context({ declarationNumber, brokerBoxNumber: OTHER_BOX_NUMBER }))).status).toBe(201);
  });

  test('a reference of another broker is no match', async () => {
    const { content: theirs } = await lodged();
    const answer = await send(context({ ...theirs, brokerBoxNumber: OTHER_BOX_NUMBER }));
    expect(answer.status).toBe(201);
  });
});
