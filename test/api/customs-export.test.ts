/** `GET /customs/v1/poas/evidence`: the packs of a period, in one archive that others can read. */
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import yauzl from 'yauzl';
import { verifyPack } from '../../evidence/verify/verify-pack.ts';
import { createEvidenceWorld, type EvidenceWorld } from '../support/evidence-world.ts';

let world: EvidenceWorld;
beforeAll(async () => {
  world = await createEvidenceWorld();
});
afterAll(() => world?.close());

const exported = (query: Record<string, string>, token = 'token') =>
  fetch(`${world.api.url}/customs/v1/poas/evidence?${new URLSearchParams(query)}`, {
    headers: { authorization: `Bearer ${token}`, 'x-officer': 'Lin', 'x-lookup-reason': 'yearly%20check' },
  });

/** By an implementation that is not ours. */
function filesOf(archive: Buffer): Promise<Map<string, Buffer>> {
  return new Promise((resolve, reject) => {
    const files = new Map<string, Buffer>();
    yauzl.fromBuffer(archive, { lazyEntries: true, strictFileNames: true }, (error, zip) => {
      if (error) return reject(error);
      zip.on('error', reject).on('end', () => resolve(files));
      zip.on('entry', (entry: yauzl.Entry) => {
        zip.openReadStream(entry, async (failed, stream) => {
          if (failed) return reject(failed);
          files.set(entry.fileName, await buffer(stream));
          zip.readEntry();
        });
      });
      zip.readEntry();
    });
  });
}

const opened = async (response: Response) => {
  const files = await filesOf(Buffer.from(await response.arrayBuffer()));
  const index = JSON.parse(files.get('index.json')?.toString() ?? 'null');
  return { files, index };
};

const lookupsOf = async (declarationId: string): Promise<number> => {
  const { rows } = await world.db.pool.query<{ count: number }>(
    'SELECT count(*) FROM lookups WHERE declaration_id = $1',
    [declarationId],
  );
  return rows[0]?.count ?? 0;
};

test('every pack of the period is in it and verifies; what has none yet is named; each is recorded as looked up', async () => {
  const from = new Date().toISOString();
  const decisions = ['confirmed', 'repudiated', 'confirmed'] as const;
  const ids: string[] = [];
  for (const decision of decisions) ids.push((await world.decide({ decision })).declarationId);
  await world.appendAll();
  const late = (await world.decide({ decision: 'confirmed' })).declarationId;
  const to = new Date(Date.now() + 1_000).toISOString();

  const response = await exported({ from, to });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/zip');
  const { files, index } = await opened(response);
  expect(index).toMatchObject({ from, to });
  const about = (id: string) =>
    index.items.find((item: { declarationId: string }) => item.declarationId === id);
  const jwks = await (await fetch(`${world.api.url}/.well-known/jwks.json`)).json();
  for (const [at, id] of ids.entries()) {
    expect(about(id)).toMatchObject({ outcome: decisions[at], version: 1, file: `poa-${id}-v1.zip` });
    const report = verifyPack(new Uint8Array(files.get(about(id).file) ?? Buffer.alloc(0)), {
      jwks,
      logKey: world.signer.verifierKey,
    });
    expect(report).toMatchObject({ ok: true, about: { declarationId: id } });
  }
  expect(about(late)).toMatchObject({ missing: 'not-in-log-yet' });
  for (const id of [...ids, late]) expect(await lookupsOf(id)).toBe(1);
});

test('goes page by page, by a link to the next', async () => {
  const from = new Date().toISOString();
  const ids = new Set<string>();
  for (let n = 0; n < 3; n++) ids.add((await world.decide({ decision: 'confirmed' })).declarationId);
  await world.appendAll();
  const to = new Date(Date.now() + 1_000).toISOString();
  const first = await exported({ from, to, limit: '2' });
  const next = /^<([^>]+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  const second = await fetch(world.api.url + next, { headers: { authorization: 'Bearer token' } });
  const pages = [await opened(first), await opened(second)];
  expect(pages.map(({ index }) => index.items.length)).toEqual([2, 1]);
  expect(second.headers.get('link')).toBeNull();
  const found = pages.flatMap(({ index }) =>
    index.items.map((item: { declarationId: string }) => item.declarationId),
  );
  expect(new Set(found)).toEqual(ids);
});

test('is Customs’ alone, and needs a period in which something was decided', async () => {
  const period = { from: '2020-01-01', to: '2020-01-02' };
  expect((await exported(period, 'other')).status).toBe(401);
  expect((await exported(period)).status).toBe(404);
  expect((await exported({ from: '2020-01-01' })).status).toBe(400);
  expect((await exported({ ...period, limit: '201' })).status).toBe(400);
});
