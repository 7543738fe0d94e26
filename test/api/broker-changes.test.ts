/** `PUT` and cancellation: what may be proposed when, and what is answered to each word of the process. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { unseal } from '../../db/seal.ts';
import type { DeclarationSubmission } from '../../domain/declaration.ts';
import type { ProposalResult } from '../../domain/messages.ts';
import { POA_STATE, POA_STATUSES, type PoaStatus } from '../../domain/poa-state.ts';
import type { MessageResult } from '../../gateways/temporal.ts';
import { type ApiWorld, createApiWorld } from '../support/api-world.ts';
import { type BrokerClient, connectBroker, submission } from '../support/broker-client.ts';
import { BOX_NUMBER } from '../support/poa-fixtures.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

let world: ApiWorld;
let broker: BrokerClient;
let id: string;
let first: DeclarationSubmission;
let sent: string[];

/** What the process says to the next changes; it writes what it says first, as the real one does. */
type Word = 'accepted' | 'refused' | 'unknown' | 'kept' | 'undelivered';
function says(word: Word, { writes = word }: { writes?: Word } = {}) {
  const answer = async (
    declarationId: string,
    { proposalId }: { proposalId: string },
  ): Promise<MessageResult<ProposalResult>> => {
    sent.push(proposalId);
    if (writes === 'accepted' || writes === 'refused') await judge(declarationId, proposalId, writes);
    if (word === 'kept' || word === 'undelivered') return { kind: word };
    const code = word === 'refused' ? { code: 'already-decided' } : {};
    return { kind: 'judged', result: { verdict: word, status: 'received', ...code } };
  };
  world.processes.amend = answer;
  world.processes.cancel = answer;
}

/** The process's own writing, in short. */
async function judge(declarationId: string, proposalId: string, verdict: 'accepted' | 'refused') {
  const { rows } = await world.pool.query<{ kind: string; version: number }>(
    `UPDATE proposals SET verdict = $2, code = CASE WHEN $2 = 'refused' THEN 'already-decided' END, judged_at = now()
     WHERE proposal_id = $1 RETURNING kind, version`,
    [proposalId, verdict],
  );
  const { kind, version } = rows[0] ?? {};
  if (kind === 'amendment') {
    await world.pool.query(
      `UPDATE declaration_versions SET state = $3 WHERE declaration_id = $1 AND version = $2`,
      [declarationId, version, verdict === 'accepted' ? 'in-force' : 'refused'],
    );
  }
  if (verdict === 'refused') return;
  if (kind !== 'amendment')
    return void (await enter(kind === 'retry' ? 'received' : 'cancelled', declarationId));
  await world.pool.query(
    `UPDATE declarations d SET version = v.version, digest = v.digest, respond_by = v.respond_by, status = 'received',
       master_waybill = v.master_waybill, house_waybill = v.house_waybill
     FROM declaration_versions v WHERE v.declaration_id = $1 AND v.version = $2 AND d.declaration_id = $1`,
    [declarationId, version],
  );
}

beforeAll(async () => {
  world = await createApiWorld();
  world.processes.startPoa = async () => 'started';
  broker = await connectBroker(world.url, world.pool, BOX_NUMBER);
});
afterAll(() => world?.close());
beforeEach(async () => {
  sent = [];
  first = submission();
  id = (await broker.declare(first)).body.declarationId;
});

const enter = (status: PoaStatus, declarationId = id) =>
  world.pool.query('UPDATE declarations SET status = $2 WHERE declaration_id = $1', [declarationId, status]);
const read = async () => (await broker.get(`/v1/declarations/${id}`)).body;
const changed = (changes: Partial<DeclarationSubmission> = {}) => ({ ...first, packages: 2, ...changes });
const amend = (version = 1, body: object = changed(), headers = {}) =>
  broker.amend(id, version, body, headers);
const told = ({ status, body }: { status: number; body: { type?: string } }) => [
  status,
  body.type?.replace('/problems/', ''),
];

describe('an amendment', () => {
  test('judged in time is the next version', async () => {
    says('accepted');
    const { status, headers, body } = await amend();
    expect([status, headers.get('etag'), body.version, body.packages]).toEqual([200, '"2"', 2, 2]);
    expect(body.digest).not.toBe((await broker.declare()).body.digest);
    expect(body).not.toHaveProperty('proposed');
    expect(await read()).toEqual(body);
    expect(Date.parse(body.respondBy)).toBeGreaterThan(Date.now() + 71 * HOUR);
  });

  test.each(['kept', 'undelivered', 'unknown'] as const)(
    'not judged (%s) is shown as proposed beside the version in force',
    async (word) => {
      says(word);
      const { status, headers, body } = await amend();
      expect([status, headers.get('etag'), body.version, body.packages]).toEqual([202, '"1"', 1, 1]);
      expect(body.proposed).toEqual({ version: 2 });
      expect((await read()).proposed).toEqual({ version: 2 });
      expect(told(await amend())).toEqual([409, 'version-conflict']);
      expect(told(await broker.cancel(id))).toEqual([409, 'version-conflict']);
    },
  );

  test.each(['kept', 'undelivered', 'unknown'] as const)(
    'whose verdict was not heard (%s) is looked up',
    async (word) => {
      says(word, { writes: 'accepted' });
      const accepted = await amend();
      expect([accepted.status, accepted.body.version]).toEqual([200, 2]);
      says(word, { writes: 'refused' });
      expect(told(await amend(2, changed({ packages: 3 })))).toEqual([409, 'already-decided']);
    },
  );

  test('refused is forgotten, and its number is used by the next', async () => {
    says('refused');
    expect(told(await amend())).toEqual([409, 'already-decided']);
    expect(await read()).not.toHaveProperty('proposed');
    says('accepted');
    const { status, body } = await amend(1, changed({ packages: 5 }));
    expect([status, body.version, body.packages]).toEqual([200, 2, 5]);
  });

  test('refused later disappears', async () => {
    says('kept');
    await amend();
    await judge(id, sent[0] ?? '', 'refused');
    expect(await read()).not.toHaveProperty('proposed');
    says('accepted');
    expect((await amend()).status).toBe(200);
  });

  test('needs If-Match with the version in force', async () => {
    const body = changed();
    const without = await broker.request('PUT', `/v1/declarations/${id}`, { body });
    expect(told(without)).toEqual([428, 'if-match-required']);
    for (const etag of ['"2"', '1', 'W/"1"', '"01"', '']) {
      const { status } = await broker.request('PUT', `/v1/declarations/${id}`, {
        body,
        headers: { 'if-match': etag },
      });
      expect([etag, status]).toEqual([etag, 412]);
    }
    expect(told(await amend(2))).toEqual([412, 'version-conflict']);
  });

  test('two at once: one is proposed', async () => {
    says('kept');
    const answers = await Promise.all([1, 2, 3, 4].map((n) => amend(1, changed({ packages: n + 1 }))));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409]);
    expect(sent).toHaveLength(1);
  });

  test('is validated as a whole', async () => {
    const { status, body } = await amend(1, { ...changed(), packages: 0 });
    expect([status, body.errors[0].pointer]).toEqual([422, '/packages']);
  });

  test('keeps order and declaration number', async () => {
    says('accepted');
    for (const change of [{ order: 'consent-first' }, { declarationNumber: 'CX1' }] as const) {
      const { status, body } = await amend(1, changed(change));
      expect([status, body.errors[0].pointer]).toEqual([422, `/${Object.keys(change)[0]}`]);
    }
    await world.pool.query(`UPDATE declarations SET declaration_number = 'CX1' WHERE declaration_id = $1`, [
      id,
    ]);
    const same = await amend(1, changed({ order: 'declare-first', declarationNumber: 'CX1' }));
    expect([same.status, same.body.declarationNumber]).toEqual([200, 'CX1']);
    const without = await amend(2, changed({ packages: 3 }));
    expect([without.status, without.body.declarationNumber]).toEqual([200, 'CX1']);
  });

  test('to waybills of another open declaration of the broker: 409', async () => {
    says('accepted');
    const { houseWaybill } = (await broker.declare()).body;
    expect(told(await amend(1, changed({ houseWaybill })))).toEqual([409, 'duplicate-waybill']);
    expect(sent).toEqual([]);
  });

  test('of what Customs started is for Customs: 409', async () => {
    await world.pool.query(
      `UPDATE declarations SET poa_order = 'customs-started' WHERE declaration_id = $1`,
      [id],
    );
    expect(told(await amend())).toEqual([409, 'version-conflict']);
  });
});

describe('respondBy', () => {
  const respondByIn = async (ms: number) => {
    const moment = inMs(ms);
    await world.pool.query('UPDATE declarations SET respond_by = $2 WHERE declaration_id = $1', [id, moment]);
    return moment;
  };
  beforeEach(() => says('accepted'));

  test('not named: the old one is kept while it is 10 minutes ahead', async () => {
    const before = await respondByIn(11 * MINUTE);
    expect((await amend()).body.respondBy).toBe(before);
  });

  test('not named and the old one is too near: 72 hours from now, a new version though nothing else changed', async () => {
    await respondByIn(9 * MINUTE);
    const { body } = await amend(1, first);
    expect(body.version).toBe(2);
    expect(Date.parse(body.respondBy)).toBeGreaterThan(Date.now() + 71 * HOUR);
  });

  test('alone otherwise: a new version', async () => {
    const respondBy = inMs(5 * HOUR);
    const { status, body } = await amend(1, { ...first, respondBy });
    expect([status, body.version, body.respondBy]).toEqual([200, 2, respondBy]);
  });

  test('out of range: 422, also when it is the old one', async () => {
    const near = await respondByIn(9 * MINUTE);
    expect((await amend(1, changed({ respondBy: near }))).status).toBe(422);
    expect((await amend(1, changed({ respondBy: inMs(8 * 24 * HOUR) }))).status).toBe(422);
  });
});

describe('nothing changed', () => {
  test('is the same version, and asks the process nothing', async () => {
    const before = await read();
    const { status, headers, body } = await amend(1, { ...first, grossMassKg: '1.850' });
    expect([status, headers.get('etag'), body, sent]).toEqual([200, '"1"', before, []]);
    const named = await amend(1, { ...first, respondBy: before.respondBy });
    expect([named.status, named.body.version, sent]).toEqual([200, 1, []]);
  });

  test('in needs_correction it is tried again', async () => {
    await enter('needs_correction');
    says('kept');
    const kept = await amend(1, first);
    expect([kept.status, kept.body.version, kept.body.status]).toEqual([202, 1, 'needs_correction']);
    expect(told(await amend(1, first))).toEqual([409, 'version-conflict']);
    await judge(id, sent[0] ?? '', 'refused');
    says('accepted');
    const { status, headers, body } = await amend(1, first);
    expect([status, headers.get('etag'), body.version, body.status]).toEqual([200, '"1"', 1, 'received']);
  });
});

describe('the state table', () => {
  test.each(POA_STATUSES)('%s', async (status) => {
    says('kept');
    await enter(status);
    const { amend: mayAmend, cancel: mayCancel } = POA_STATE[status];
    const cancelled = await broker.cancel(id);
    expect(told(cancelled)).toEqual(mayCancel ? [202, undefined] : [409, 'already-decided']);
    if (mayCancel) await judge(id, sent[0] ?? '', 'refused');
    await enter(status);
    expect(told(await amend())).toEqual(mayAmend ? [202, undefined] : [409, 'already-decided']);
  });

  test('a declined one is open for an amendment until its days are over', async () => {
    says('accepted');
    await enter('declined');
    const openUntil = (interval: string) =>
      world.pool.query(
        `UPDATE declarations SET open_until = now() + $2::interval WHERE declaration_id = $1`,
        [id, interval],
      );
    await openUntil('-1 second');
    expect(told(await amend())).toEqual([409, 'already-decided']);
    await openUntil('1 hour');
    expect((await amend()).status).toBe(200);
  });
});

describe('a cancellation', () => {
  test('judged in time', async () => {
    says('accepted');
    const { status, body } = await broker.cancel(id, { reason: 'paper-poa' });
    expect([status, body.status]).toEqual([200, 'cancelled']);
    expect(told(await broker.cancel(id))).toEqual([409, 'already-decided']);
  });

  test('not judged is shown as proposed', async () => {
    says('undelivered');
    const { status, headers, body } = await broker.cancel(id);
    expect([status, headers.get('etag'), body.proposed]).toEqual([202, '"1"', { cancellation: true }]);
    expect(told(await amend())).toEqual([409, 'version-conflict']);
  });

  test('refused', async () => {
    says('refused');
    expect(told(await broker.cancel(id))).toEqual([409, 'already-decided']);
    expect(await read()).not.toHaveProperty('proposed');
  });

  test("keeps its note under the declaration's key", async () => {
    says('kept');
    await broker.cancel(id, { reason: 'wrong-consignee', note: '收件人是鄰居' });
    const { rows } = await world.pool.query(
      'SELECT reason, sealed_note FROM proposals WHERE proposal_id = $1',
      [sent[0]],
    );
    const key = await world.db.keys.get(id);
    expect(rows[0].reason).toBe('wrong-consignee');
    expect(key && unseal(key, `proposals/${sent[0] ?? ''}/sealed_note`, rows[0].sealed_note)).toBe(
      '收件人是鄰居',
    );
  });

  test.each([
    ['/reason', {}],
    ['/reason', { reason: 'because' }],
    ['/note', { reason: 'other', note: 'x'.repeat(501) }],
    ['/notes', { reason: 'other', notes: 'x' }],
  ])('%s %j: 422', async (pointer, body) => {
    const answer = await broker.cancel(id, body);
    expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([422, pointer]);
  });
});

describe('an idempotency key', () => {
  const key = (name: string) => ({ 'idempotency-key': `${name}-${id}` });

  test('on PUT: the answer is replayed though the version moved on; twins propose once', async () => {
    says('accepted');
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => amend(1, changed(), key('put'))));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect([answers[0]?.status, answers[0]?.body.version]).toEqual([200, 2]);
    expect(new Set(sent).size).toBe(1);
    await amend(2, changed({ packages: 3 }));
    const again = await amend(1, changed(), key('put'));
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([200, answers[0]?.body, '"2"']);
  });

  test('on a cancellation: replayed', async () => {
    says('accepted');
    const first = await broker.cancel(id, { reason: 'other' }, key('cancel'));
    const again = await broker.cancel(id, { reason: 'other' }, key('cancel'));
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(sent).toHaveLength(1);
  });

  test('a kept 202 stays 202', async () => {
    says('kept');
    await amend(1, changed(), key('202'));
    await judge(id, sent[0] ?? '', 'accepted');
    const again = await amend(1, changed(), key('202'));
    expect([again.status, again.body.proposed, again.headers.get('etag')]).toEqual([
      202,
      { version: 2 },
      '"1"',
    ]);
  });

  test('without a kept answer, the same proposal is awaited again', async () => {
    says('accepted');
    await amend(1, changed(), key('killed'));
    await world.pool.query(
      `UPDATE idempotency_keys SET status = NULL, sealed = NULL WHERE key LIKE 'killed-%'`,
    );
    const again = await amend(1, changed(), key('killed'));
    expect([again.status, again.body.version]).toEqual([200, 2]);
    expect(sent).toEqual([sent[0], sent[0]]);
  });

  test('of a refusal: the same refusal again', async () => {
    says('refused');
    const [one, two] = [await amend(1, changed(), key('no')), await amend(1, changed(), key('no'))];
    expect([told(one), told(two)]).toEqual([
      [409, 'already-decided'],
      [409, 'already-decided'],
    ]);
    expect(new Set(sent).size).toBe(1);
  });

  test('of an unchanged body', async () => {
    const one = await amend(1, first, key('same'));
    const two = await amend(1, first, key('same'));
    expect([two.status, two.body]).toEqual([200, one.body]);
  });

  test('of one call is not that of another', async () => {
    says('accepted');
    await amend(1, changed(), key('x'));
    expect(told(await amend(2, changed({ packages: 4 }), key('x')))).toEqual([409, 'idempotency-key-reused']);
    // The same body, made on another version: an answer to the one says nothing of the other.
    expect(told(await amend(2, changed(), key('x')))).toEqual([409, 'idempotency-key-reused']);
    expect(told(await broker.cancel(id, { reason: 'other' }, key('x')))).toEqual([
      409,
      'idempotency-key-reused',
    ]);
    const { body: another } = await broker.declare();
    const elsewhere = await broker.amend(another.declarationId, 1, changed(), key('x'));
    expect(told(elsewhere)).toEqual([409, 'idempotency-key-reused']);
  });
});
