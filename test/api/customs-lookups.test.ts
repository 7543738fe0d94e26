/** `GET /customs/v1/poas`: Customs looks up, and whoever is looked at is told. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unseal } from '../../db/seal.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';
import { call } from '../support/stand-in.ts';

let world: ImporterWorld;
beforeAll(async () => {
  world = await createImporterWorld();
});
afterAll(() => world?.close());

const search = (query: Record<string, string>, headers: Record<string, string> = {}, token = 'token') =>
  call('GET', `${world.api.url}/customs/v1/poas?${new URLSearchParams(query)}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });

/** Look-ups recorded of a declaration, oldest first, opened. */
async function recorded(declarationId: string) {
  const { rows } = await world.db.pool.query<{
    id: string;
    version: number;
    subjectId: string | null;
    sealed: Buffer | null;
  }>(
    `SELECT lookup_id AS id, version, subject_id AS "subjectId", sealed FROM lookups
     WHERE declaration_id = $1 ORDER BY at`,
    [declarationId],
  );
  const key = (await world.db.keys.get(declarationId)) ?? Buffer.alloc(32);
  return rows.map(({ id, sealed, ...row }) => ({
    ...row,
    by: sealed && unseal(key, `lookups/${id}/sealed`, sealed),
  }));
}

/** Somebody's answer, settled and acknowledged. */
async function decided(decision: 'confirmed' | 'declined' = 'confirmed') {
  const person = await world.importer();
  const shown = await world.shown(person);
  const consentId = await shown.settle(decision);
  return { ...person, ...shown, consentId };
}
const numbered = (declarationId: string, number: string) =>
  world.db.pool.query('UPDATE declarations SET declaration_number = $2 WHERE declaration_id = $1', [
    declarationId,
    number,
  ]);

describe('a look-up', () => {
  test('by house waybill tells what was decided, with its receipt', async () => {
    const { declarationId, houseWaybill, content, consentId } = await decided();
    await numbered(declarationId, 'CX 15 100 A0001');
    const { status, body } = await search({ houseWaybill: ` ${houseWaybill.toLowerCase()}` });
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        {
          declarationId,
          declarationNumber: 'CX 15 100 A0001',
          houseWaybill,
          masterWaybill: content.masterWaybill,
          brokerBoxNumber: 'A123',
          version: 1,
          outcome: 'confirmed',
          decidedAt: expect.any(String),
          acknowledgementNumber: 'R000000001',
          acknowledgedAt: expect.any(String),
          receipt: `receipt of ${consentId}`,
        },
      ],
    });
  });

  test('by declaration number tells each version that was decided, the newest first', async () => {
    const { declarationId, content, amend, settle } = await decided('declined');
    await numbered(declarationId, 'CX 15 100 A0002');
    await amend(2, { ...content, packages: 2 });
    await settle('confirmed', 2, true);
    const { body } = await search({ declarationNumber: 'CX 15 100 A0002' });
    expect(body.items).toMatchObject([
      { version: 2, outcome: 'confirmed' },
      { version: 1, outcome: 'declined' },
    ]);
    expect(body.items[0]).not.toHaveProperty('acknowledgedAt');
    expect(body.items[0]).not.toHaveProperty('acknowledgementNumber');
  });

  test('by days of decision goes by the calendar of Taiwan, page by page', async () => {
    const at = [
      '2031-03-01T15:59:59.999Z',
      '2031-03-01T16:00:00Z',
      '2031-03-02T15:59:59.999Z',
      '2031-03-02T16:00:00Z',
    ];
    const ids: string[] = [];
    for (const moment of at) {
      const { declarationId } = await decided();
      ids.push(declarationId);
      await world.db.pool.query('UPDATE version_outcomes SET decided_at = $2 WHERE declaration_id = $1', [
        declarationId,
        moment,
      ]);
    }
    const [, first, second] = ids;
    const span = { from: '2031-03-02', to: '2031-03-02' };
    const found = async (query: Record<string, string>) => {
      const { body } = await search(query);
      return body.items.map((item: { declarationId: string }) => item.declarationId);
    };
    expect(await found(span)).toEqual([second, first]);
    expect(await found({ from: at[0] ?? '', to: at[3] ?? '' })).toEqual([second, first, ids[0]]);
    const page = await search({ ...span, limit: '1' });
    expect(page.body.items).toHaveLength(1);
    const next = await search({ ...span, limit: '1', cursor: page.body.nextCursor });
    expect(next.body.items).toMatchObject([{ declarationId: first }]);
    expect(next.body).not.toHaveProperty('nextCursor');
  });

  test('finds neither what is undecided, nor superseded, nor set aside', async () => {
    const person = await world.importer();
    const open = await world.shown(person);
    await open.answer('confirmed');
    expect((await search({ houseWaybill: open.houseWaybill })).body).toEqual({ items: [] });
    const aside = await decided();
    await world.db.pool.query(
      'UPDATE version_outcomes SET acknowledged_at = NULL, set_aside_at = now() WHERE declaration_id = $1',
      [aside.declarationId],
    );
    expect((await search({ houseWaybill: aside.houseWaybill })).body).toEqual({ items: [] });
    expect(await recorded(aside.declarationId)).toEqual([]);
  });
});

describe('each look-up', () => {
  test('is recorded for the person whom it concerns, with officer and reason sealed', async () => {
    const { declarationId, houseWaybill, subjectId } = await decided();
    await search(
      { houseWaybill },
      {
        'x-officer': encodeURIComponent('關務員 林'),
        'x-lookup-reason': 'random check',
      },
    );
    await search({ houseWaybill });
    expect(await recorded(declarationId)).toEqual([
      { version: 1, subjectId, by: { officer: '關務員 林', reason: 'random check' } },
      { version: 1, subjectId, by: {} },
    ]);
  });

  test('of the next page is one of that page alone', async () => {
    const [one, two] = [await decided(), await decided()];
    await world.db.pool.query(
      `UPDATE version_outcomes SET decided_at = '2032-01-01T00:00:00Z' WHERE declaration_id = ANY($1)`,
      [[one.declarationId, two.declarationId]],
    );
    const { body } = await search({ from: '2032-01-01', to: '2032-01-01', limit: '1' });
    const [told] = body.items;
    const other = [one, two].find(({ declarationId }) => declarationId !== told.declarationId);
    expect(await recorded(told.declarationId)).toHaveLength(1);
    expect(await recorded(other?.declarationId ?? '')).toEqual([]);
  });

  test('stands before anything is told: without a record there is no answer', async () => {
    const { declarationId, houseWaybill } = await decided();
    await world.db.pool.query(
      `CREATE FUNCTION refuse_lookup() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$;
       CREATE TRIGGER lookups_full BEFORE INSERT ON lookups FOR EACH STATEMENT EXECUTE FUNCTION refuse_lookup()`,
    );
    expect((await search({ houseWaybill })).status).toBe(500);
    await world.db.pool.query('DROP FUNCTION refuse_lookup CASCADE');
    expect(await recorded(declarationId)).toEqual([]);
  });

  test('of what was shredded is recorded, too, and told without its seal', async () => {
    const { declarationId, houseWaybill, subjectId } = await decided();
    await world.db.keys.destroy(declarationId);
    const { body } = await search({ houseWaybill }, { 'x-officer': 'Lin' });
    expect(body.items).toMatchObject([{ declarationId, outcome: 'confirmed' }]);
    expect(body.items[0]).not.toHaveProperty('receipt');
    expect(await recorded(declarationId)).toEqual([{ version: 1, subjectId, by: null }]);
  });
});

describe('is refused', () => {
  test.each([
    {},
    { from: '2026-01-01' },
    { to: '2026-01-01' },
    { houseWaybill: 'H1', declarationNumber: 'CX1' },
    { houseWaybill: 'H1', from: '2026-01-01', to: '2026-01-02' },
    { from: 'yesterday', to: '2026-01-02' },
    { houseWaybill: 'H1', limit: '201' },
    { houseWaybill: 'H1', cursor: 'no-cursor' },
    { houseWaybill: 'H1', other: 'x' },
    { houseWaybill: '\0' },
  ])('a query of %j', async (query) => {
    expect(await search(query as Record<string, string>)).toMatchObject({
      status: 400,
      body: { type: '/problems/malformed-request' },
    });
  });

  test.each([
    ['x-officer', ''],
    ['x-officer', '%'],
    ['x-officer', '%ff'],
    ['x-officer', 'x'.repeat(201)],
    ['x-lookup-reason', '%E2%80%AE'],
    ['x-lookup-reason', '%00'],
    ['x-lookup-reason', 'é'],
  ])('a header %s of %j', async (name, value) => {
    const { status, body } = await search({ houseWaybill: 'H1' }, { [name]: value });
    expect([status, body.errors?.[0]?.pointer]).toEqual([400, `/${name}`]);
  });

  test.each(['', 'another-token-of-nobody'])('the token %j', async (token) => {
    expect((await search({ houseWaybill: 'H1' }, {}, token)).status).toBe(401);
  });
});
