import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ApiWorld, createApiWorld } from '../support/api-world.ts';
import { bring, codeOf, context, number, sendContext } from '../support/customs-contexts.ts';
import { propose } from '../support/poa-fixtures.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world?.close());
beforeEach(() => {
  world.calls.length = 0;
});

const send = (body: unknown) => sendContext(world, body);

describe('an amendment of what was lodged past us', () => {
  /** Begun and shown; the next version as Customs would send it. */
  async function shown() {
    const first = context();
    const { declarationId } = (await send(first)).body;
    await bring(world, declarationId, 'awaiting_importer');
    world.calls.length = 0;
    return { declarationId, first, next: { ...first, version: 2, packages: 2 } };
  }

  const judge = (declarationId: string, verdict: 'accepted' | 'refused', code: string | null = null) =>
    world.pool.query(
      `WITH judged AS (UPDATE proposals SET verdict = $2, code = $3 WHERE declaration_id = $1 AND verdict = 'pending'),
            v AS (UPDATE declaration_versions SET state = CASE $2 WHEN 'refused' THEN 'refused' ELSE 'in-force' END
                  WHERE declaration_id = $1 AND state = 'proposed')
       UPDATE declarations SET version = version + 1, status = 'received' WHERE declaration_id = $1 AND $2 = 'accepted'`,
      [declarationId, verdict, code],
    );

  test('is proposed to the process; while no worker judges it, 202 with the version in force', async () => {
    const { declarationId, next } = await shown();
    const answer = await send(next);
    expect([answer.status, answer.body]).toEqual([
      202,
      { declarationId, version: 1, status: 'awaiting_importer' },
    ]);
    expect(world.calls).toEqual([['amend', declarationId, { proposalId: expect.any(String) }]]);
  });

  test('not judged yet, the same again is sent again; another content and a further version are conflicts', async () => {
    const { declarationId, next } = await shown();
    await send(next);
    expect((await send(next)).status).toBe(202);
    expect(world.calls[0]).toEqual(world.calls[1]);
    for (const other of [
      { ...next, packages: 5 },
      { ...next, version: 3 },
    ]) {
      const answer = await send(other);
      expect([answer.status, codeOf(answer)]).toEqual([409, 'version-conflict']);
    }
    const { rows } = await world.pool.query('SELECT version FROM proposals WHERE declaration_id = $1', [
      declarationId,
    ]);
    expect(rows).toEqual([{ version: 2 }]);
  });

  test('judged meanwhile, the same again is the version in force', async () => {
    const { declarationId, first, next } = await shown();
    await send(next);
    await judge(declarationId, 'accepted');
    const again = await send(next);
    expect([again.status, again.body]).toEqual([200, { declarationId, version: 2, status: 'received' }]);
    const behind = await send(first);
    expect([behind.status, codeOf(behind)]).toEqual([409, 'superseded']);
  });

  test('a refused one leaves room for another of the same number', async () => {
    const { declarationId, next } = await shown();
    await send(next);
    await judge(declarationId, 'refused', 'already-decided');
    const other = await send({ ...next, packages: 9 });
    expect(other.status).toBe(202);
    const { rows } = await world.pool.query(
      `SELECT v.state, c.digest = v.digest AS same FROM declaration_versions v JOIN contexts c USING (declaration_id, version)
       WHERE declaration_id = $1 ORDER BY version`,
      [declarationId],
    );
    expect(rows).toEqual([
      { state: 'in-force', same: true },
      { state: 'proposed', same: true },
    ]);
  });

  test.each([
    'reporting',
    'needs_attention',
    'confirmed',
    'repudiated',
    'expired',
    'unregistered',
    'cancelled',
  ] as const)('is too late once %s', async (status) => {
    const { declarationId, next } = await shown();
    await bring(world, declarationId, status);
    const answer = await send(next);
    expect([answer.status, codeOf(answer)]).toEqual([409, 'already-decided']);
  });

  test('a declined one can be amended for seven days', async () => {
    const { declarationId, next } = await shown();
    await bring(world, declarationId, 'declined');
    const closes = (at: string) =>
      world.pool.query(`UPDATE declarations SET open_until = now() ${at} WHERE declaration_id = $1`, [
        declarationId,
      ]);
    await closes("- interval '1 second'");
    expect(codeOf(await send(next))).toBe('already-decided');
    await closes("+ interval '1 second'");
    expect((await send(next)).status).toBe(202);
  });

  test("waits for the broker's own change", async () => {
    const { declarationId, next } = await shown();
    await propose(world, declarationId, { kind: 'cancellation' });
    const answer = await send(next);
    expect([answer.status, codeOf(answer)]).toEqual([409, 'version-conflict']);
  });

  test('keeps its number', async () => {
    const { next } = await shown();
    const answer = await send({ ...next, declarationNumber: number() });
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, '/declarationNumber']);
  });

  test('at once ten times it is one proposal; contradictory ones conflict', async () => {
    const { declarationId, next } = await shown();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => send({ ...next, packages: 2 + (i % 2) })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      ...Array(5).fill(202),
      ...Array(5).fill(409),
    ]);
    const { rows } = await world.pool.query('SELECT 1 FROM proposals WHERE declaration_id = $1', [
      declarationId,
    ]);
    expect(rows).toHaveLength(1);
  });
});
