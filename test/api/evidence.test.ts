import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueToken } from '../../api/broker/auth.ts';
import { unseal } from '../../db/seal.ts';
import { PACK_COST } from '../../domain/limits.ts';
import { verifyPack } from '../../evidence/verify/verify-pack.ts';
import { insertBroker } from '../support/api-world.ts';
import { createEvidenceWorld, type EvidenceWorld } from '../support/evidence-world.ts';
import { startApi } from '../support/importer-world.ts';

let world: EvidenceWorld;
let broker: string;
let otherBroker: string;
beforeAll(async () => {
  world = await createEvidenceWorld();
  const token = (brokerId: string) =>
    issueToken({ tokenKey: Buffer.alloc(32), publicUrl: world.api.url }, { brokerId, clientId: 'b' });
  broker = await token(world.brokerId);
  otherBroker = await token(await insertBroker(world.db, 'B456'));
});
afterAll(() => world.close());

const get = (path: string, token: string, headers: Record<string, string> = {}) =>
  fetch(`${world.api.url}${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
const ofBroker = (id: string, token = broker, query = '') =>
  get(`/v1/declarations/${id}/poa/evidence${query}`, token);
const ofCustoms = (id: string, query = '', token = 'token', headers = {}) =>
  get(`/customs/v1/poas/${id}/evidence${query}`, token, headers);
const codeOf = async (response: Response) => [
  response.status,
  ((await response.json()) as { type: string }).type,
];
const logged = async (ending: Parameters<EvidenceWorld['decide']>[0] = { decision: 'confirmed' }) => {
  const decided = await world.decide(ending);
  await world.appendAll();
  return decided.declarationId;
};
const lookups = async (declarationId: string) => {
  const { rows } = await world.db.pool.query('SELECT * FROM lookups WHERE declaration_id = $1', [
    declarationId,
  ]);
  const key = (await world.db.keys.get(declarationId)) ?? Buffer.alloc(32);
  return rows.map(({ lookup_id, subject_id, version, sealed }) => ({
    subjectId: subject_id,
    version,
    ...(unseal(key, `lookups/${lookup_id}/sealed`, sealed) as object),
  }));
};

describe('an evidence pack', () => {
  it('is what the broker of the declaration gets, and verifies with published keys alone', async () => {
    const id = await logged();
    const response = await ofBroker(id);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/zip');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="poa-${id}-v1.zip"`);
    const jwks = await (await get('/.well-known/jwks.json', broker)).json();
    const report = verifyPack(new Uint8Array(await response.arrayBuffer()), {
      jwks,
      logKey: world.signer.verifierKey,
    });
    expect(report).toMatchObject({ ok: true, about: { declarationId: id, outcome: 'confirmed' } });
  });

  it("is nobody else's: another broker's, an unknown and a malformed id are 404 alike", async () => {
    const id = await logged();
    const notFound = [404, '/problems/not-found'];
    expect(await codeOf(await ofBroker(id, otherBroker))).toEqual(notFound);
    expect(await codeOf(await ofBroker(randomUUID()))).toEqual(notFound);
    expect(await codeOf(await ofBroker('x'))).toEqual(notFound);
    expect((await ofBroker(id, 'no token')).status).toBe(401);
    expect((await ofCustoms(id, '', broker)).status).toBe(401);
  });

  it('is there once Customs has acknowledged and the log shows the receipt; until then it is told when to ask again', async () => {
    const person = await world.importer();
    const { declarationId } = await world.shown(person);
    expect((await ofBroker(declarationId)).status).toBe(404);
    await person.handset.decide(declarationId, 'repudiated');
    expect((await ofBroker(declarationId)).status).toBe(404);
    await world.end(declarationId, { decision: 'repudiated' });
    const early = await ofBroker(declarationId);
    expect(early.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await codeOf(early)).toEqual([503, '/problems/temporarily-unavailable']);
    await world.appendAll();
    expect((await ofBroker(declarationId)).status).toBe(200);
  });

  it('is of the version asked for, if that was decided', async () => {
    const id = await logged();
    expect((await ofBroker(id, broker, '?version=1')).status).toBe(200);
    expect((await ofBroker(id, broker, '?version=2')).status).toBe(404);
    expect((await ofBroker(id, broker, '?version=0')).status).toBe(400);
    expect((await ofBroker(id, broker, '?versions=1')).status).toBe(400);
  });

  it('is gone with the data key', async () => {
    const id = await logged();
    await world.db.keys.destroy(id);
    expect((await ofBroker(id)).status).toBe(404);
    expect((await ofCustoms(id)).status).toBe(404);
  });

  it('counts for several requests of its caller', async () => {
    const few = await startApi(world, { brokerRateLimit: 2 * PACK_COST, publicUrl: world.api.url });
    const id = await logged();
    const ask = () =>
      fetch(`${few.url}/v1/declarations/${id}/poa/evidence`, {
        headers: { authorization: `Bearer ${broker}` },
      });
    const statuses = (await Promise.all(Array.from({ length: 5 }, ask))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    expect(statuses).toContain(200);
    await few.close();
  });
});

describe("Customs' look-up", () => {
  it('is recorded with officer, reason and whom it concerns', async () => {
    const { declarationId, person } = await world.decide({ decision: 'declined', reason: 'wrong_price' });
    await world.appendAll();
    const response = await ofCustoms(declarationId, '', 'token', {
      'x-officer': encodeURIComponent('關務員 林'),
      'x-lookup-reason': 'random check',
    });
    expect(response.status).toBe(200);
    expect(await lookups(declarationId)).toEqual([
      { subjectId: person.subjectId, version: 1, officer: '關務員 林', reason: 'random check' },
    ]);
    expect((await ofCustoms(declarationId)).status).toBe(200);
    expect(await lookups(declarationId)).toHaveLength(2);
  });

  it('that finds nothing is none', async () => {
    const person = await world.importer();
    const { declarationId } = await world.shown(person);
    expect((await ofCustoms(declarationId)).status).toBe(404);
    expect(await lookups(declarationId)).toEqual([]);
  });
});
