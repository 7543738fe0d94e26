import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { challengeOf, noteDigest, noticeDigest, type SignedAct } from '../../domain/challenge.ts';
import { currentNotice } from '../../domain/notice.ts';
import type { Answer } from '../../sandbox/handset/browser.ts';
import type { Decision } from '../../sandbox/handset/forms.ts';
import { createHandset, type Handset } from '../../sandbox/handset/handset.ts';
import { deviceOf, importer, type RunningApi, startApi } from '../support/importer-world.ts';
import { amend, cancel } from '../support/poa-acts.ts';
import { content, declare } from '../support/poa-fixtures.ts';
import { createPoaWorld, heldByCustoms, type PoaWorld, stateOf, until } from '../support/poa-world.ts';

let world: PoaWorld;
let api: RunningApi;
beforeAll(async () => {
  world = await createPoaWorld();
  api = await startApi(world);
});
afterAll(async () => {
  await api?.close();
  await world?.close();
});

const CONFIRMED: Decision = { version: 1, decision: 'confirmed' };
const DECLINED: Decision = {
  version: 1,
  decision: 'declined',
  reason: 'wrong_price',
  lines: [1],
  note: '太貴',
};

/** A declaration that the person was shown, whose number the operator knows. */
async function ask(phone: string, respondBy?: Date): Promise<string> {
  await world.subscriber(phone);
  const { declarationId } = await declare(world, 'declare-first', {
    content: content({ importer: { name: '王小明', phone } }),
    ...(respondBy && { respondBy }),
  });
  await until(world, declarationId, 'awaiting_importer');
  return declarationId;
}

/** A person with a phone, and a declaration that waits for them. */
async function asked() {
  const person = await importer(api, world.db);
  return { ...person, declarationId: await ask(person.phone) };
}

const signed = async (handset: Handset, id: string, words: Decision) =>
  handset.sign(await handset.options(id, words));

const codeOf = ({ status, body }: Answer) =>
  `${status} ${(body as { type?: string }).type?.split('/').at(-1)}`;

async function consentsOf(declarationId: string) {
  const { rows } = await world.pool.query<{ consent_id: string; decision: string; verdict: string }>(
    'SELECT * FROM consents WHERE declaration_id = $1',
    [declarationId],
  );
  return rows;
}

describe('an answer', () => {
  test('is signed over what was shown, judged, and with Customs when it is acknowledged', async () => {
    const { handset, declarationId, subjectId } = await asked();
    const [waiting] = await handset.inbox();
    expect(waiting).toMatchObject({
      declarationId,
      version: 1,
      status: 'awaiting_importer',
      broker: { name: 'Broker', boxNumber: 'A123' },
      goods: [{ description: 'running shoes', price: '35.50', currency: 'USD' }],
      totals: [{ amount: '35.50', currency: 'USD' }],
      packages: 1,
      grossMassKg: '1.85',
    });
    const options = await handset.options(declarationId, { ...CONFIRMED, locale: 'en', build: 'test' });
    expect(options).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
    expect(options.allowCredentials?.map(({ id }) => id)).toEqual(handset.authenticator.credentialIds);
    expect(options.challenge).toBe(await challengeKept(declarationId, subjectId));

    const answer = await handset.submit(declarationId, CONFIRMED, handset.sign(options));
    expect(answer).toMatchObject({ status: 200, body: { status: 'confirmed' } });
    expect(await heldByCustoms(world, declarationId)).toMatchObject([{ outcome: 'confirmed' }]);
    expect(await handset.inbox()).toEqual([]);
    const [answered] = await handset.history();
    expect(answered).toMatchObject({
      declarationId,
      status: 'confirmed',
      answer: { decision: 'confirmed', customsAcknowledgedAt: expect.any(String) },
    });
    expect(await handset.declaration(declarationId)).toEqual(answered);
  });

  /** The challenge that the kept act gives, base64url. */
  async function challengeKept(declarationId: string, subjectId: string): Promise<string> {
    const { rows } = await world.pool.query<{ act: SignedAct }>(
      `SELECT act FROM challenges WHERE kind = 'decision' AND declaration_id = $1`,
      [declarationId],
    );
    const { rows: versions } = await world.pool.query<{ digest: string }>(
      'SELECT digest FROM declaration_versions WHERE declaration_id = $1',
      [declarationId],
    );
    const act = rows[0]?.act;
    expect(act).toEqual({
      v: 'poa/v1',
      digest: versions[0]?.digest,
      version: 1,
      broker: 'A123',
      subject: subjectId,
      decision: 'confirmed',
      reason: null,
      lines: null,
      noteDigest: null,
      notice: { digest: noticeDigest(currentNotice('en')), build: 'test' },
      nonce: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
    });
    return Buffer.from(challengeOf(act as SignedAct)).toString('base64url');
  }

  test('declines with reason, lines and note, all of them signed', async () => {
    const { handset, declarationId } = await asked();
    const { decision, ...details } = DECLINED;
    expect(await handset.decide(declarationId, decision, details)).toMatchObject({ status: 'declined' });
    const { rows } = await world.pool.query<{ act: SignedAct }>(
      'SELECT act FROM challenges WHERE declaration_id = $1',
      [declarationId],
    );
    expect(rows[0]?.act).toMatchObject({ reason: 'wrong_price', lines: [1], noteDigest: noteDigest('太貴') });
    expect((await handset.history())[0]?.answer).toMatchObject({
      decision: 'declined',
      reason: 'wrong_price',
    });
  });

  test('sent again is the same consent, with its present status', async () => {
    const { handset, declarationId } = await asked();
    const assertion = await signed(handset, declarationId, CONFIRMED);
    const first = await handset.submit(declarationId, CONFIRMED, assertion);
    expect(await handset.submit(declarationId, CONFIRMED, assertion)).toMatchObject({
      status: 200,
      body: first.body,
    });
    expect(await consentsOf(declarationId)).toHaveLength(1);
  });

  test('is kept while its process cannot be reached, and judged when sent again', async () => {
    const { handset, declarationId } = await asked();
    const unreachable = { ...world.processes, decide: async () => ({ kind: 'undelivered' as const }) };
    const other = await startApi({ db: world.db, processes: unreachable }, { publicUrl: api.url });
    const device = createHandset({ apiUrl: other.url, phone: handset.phone });
    const cookie = `session=${handset.browser.cookie(api.url, 'session')}`;
    const assertion = await signed(handset, declarationId, CONFIRMED);
    const kept = await device.ask('POST', `/app/declarations/${declarationId}/decision`, {
      body: { ...CONFIRMED, assertion },
      headers: { cookie, origin: api.url },
    });
    await other.close();
    expect(kept).toMatchObject({ status: 202, body: { status: 'received' } });
    expect(await handset.inbox()).toEqual([]);
    const { consentId } = kept.body as { consentId: string };
    const judged = await handset.submit(declarationId, CONFIRMED, assertion);
    expect(judged).toMatchObject({ status: 200, body: { consentId, status: 'confirmed' } });
  });
});

describe('an answer is refused', () => {
  test('by anybody but the person who was shown it', async () => {
    const { handset, declarationId } = await asked();
    const { handset: stranger } = await importer(api, world.db);
    await expect(stranger.declaration(declarationId)).rejects.toMatchObject({ status: 404 });
    await expect(stranger.options(declarationId, CONFIRMED)).rejects.toMatchObject({ status: 404 });
    const options = await handset.options(declarationId, CONFIRMED);
    const forced = stranger.sign(options, { force: true });
    expect(codeOf(await stranger.submit(declarationId, CONFIRMED, forced))).toBe('404 not-found');
    // Their passkey in the person's own session (21).
    expect(codeOf(await handset.submit(declarationId, CONFIRMED, forced))).toBe('403 assertion-rejected');
    expect(await consentsOf(declarationId)).toEqual([]);
  });

  test('about another declaration, or the same again, with a signature of before (17)', async () => {
    const { handset, declarationId, phone } = await asked();
    const other = await ask(phone);
    const assertion = await signed(handset, declarationId, CONFIRMED);
    expect(codeOf(await handset.submit(other, CONFIRMED, assertion))).toBe('403 assertion-rejected');
    await handset.submit(declarationId, CONFIRMED, assertion);
    expect(codeOf(await handset.submit(other, CONFIRMED, assertion))).toBe('409 challenge-expired');
    expect(await consentsOf(other)).toEqual([]);
  });

  test("with a login's signature", async () => {
    const { handset, declarationId } = await asked();
    const options = await handset.call<Parameters<Handset['sign']>[0]>('POST', '/app/session/options', {});
    const answer = await handset.submit(declarationId, CONFIRMED, handset.sign(options));
    expect(codeOf(answer)).toBe('403 assertion-rejected');
  });

  test.each([
    ['without user verification (19)', { userVerified: false }],
    ['signed on another origin (20)', { origin: 'https://consentry.example.net' }],
  ])('%s', async (_, change) => {
    const { handset, declarationId } = await asked();
    Object.assign(handset.authenticator, change);
    const assertion = await signed(handset, declarationId, CONFIRMED);
    expect(codeOf(await handset.submit(declarationId, CONFIRMED, assertion))).toBe('403 assertion-rejected');
    expect(await consentsOf(declarationId)).toEqual([]);
  });

  test.each<[string, Decision, Decision]>([
    ['decision', DECLINED, CONFIRMED],
    ['decision to "not mine"', CONFIRMED, { version: 1, decision: 'repudiated' }],
    ['reason', DECLINED, { ...DECLINED, reason: 'wrong_name' }],
    ['lines', DECLINED, { version: 1, decision: 'declined', reason: 'wrong_price', note: '太貴' }],
    ['note', DECLINED, { ...DECLINED, note: '剛好' }],
  ])('with another %s than signed (22)', async (_, signedWords, sentWords) => {
    const { handset, declarationId } = await asked();
    const assertion = await signed(handset, declarationId, signedWords);
    expect(codeOf(await handset.submit(declarationId, sentWords, assertion))).toBe('422 validation-failed');
    expect(await consentsOf(declarationId)).toEqual([]);
    // What was signed still counts.
    expect(await handset.submit(declarationId, signedWords, assertion)).toMatchObject({ status: 200 });
    expect(codeOf(await handset.submit(declarationId, sentWords, assertion))).toBe('422 validation-failed');
  });

  test('when a signature was changed by one byte', async () => {
    const { handset, declarationId } = await asked();
    const assertion = await signed(handset, declarationId, CONFIRMED);
    const bytes = Buffer.from(assertion.response.authenticatorData, 'base64url');
    bytes.writeUInt32BE(7, 33);
    assertion.response.authenticatorData = bytes.toString('base64url');
    expect(codeOf(await handset.submit(declarationId, CONFIRMED, assertion))).toBe('403 assertion-rejected');
  });

  test('after five minutes', async () => {
    const { handset, declarationId } = await asked();
    const assertion = await signed(handset, declarationId, CONFIRMED);
    await world.pool.query('UPDATE challenges SET expires_at = now() WHERE declaration_id = $1', [
      declarationId,
    ]);
    expect(codeOf(await handset.submit(declarationId, CONFIRMED, assertion))).toBe('409 challenge-expired');
  });

  test('when the broker has amended what was shown (18)', async () => {
    const { handset, declarationId, phone } = await asked();
    const assertion = await signed(handset, declarationId, CONFIRMED);
    const next = content({ importer: { name: '王小明', phone }, packages: 2 });
    await amend(world, declarationId, 2, next);
    expect(codeOf(await handset.submit(declarationId, CONFIRMED, assertion))).toBe('409 superseded');
    await until(world, declarationId, 'awaiting_importer');
    expect((await handset.inbox())[0]).toMatchObject({ version: 2, packages: 2 });
    // The signature names version 1: it cannot be sent for version 2 either.
    const forged = await handset.submit(declarationId, { ...CONFIRMED, version: 2 }, assertion);
    expect(codeOf(forged)).toBe('422 validation-failed');
    expect(await handset.decide(declarationId, 'confirmed')).toMatchObject({ status: 'confirmed' });
  });

  test('while the broker has to correct what Customs refused after an earlier answer', async () => {
    const { handset, declarationId } = await asked();
    const assertion = await signed(handset, declarationId, CONFIRMED);
    await world.pool.query(`UPDATE declarations SET status = 'needs_correction' WHERE declaration_id = $1`, [
      declarationId,
    ]);
    expect(codeOf(await handset.submit(declarationId, CONFIRMED, assertion))).toBe('409 superseded');
    expect(await consentsOf(declarationId)).toEqual([]);
  });

  test('after the declaration was cancelled', async () => {
    const { handset, declarationId } = await asked();
    const assertion = await signed(handset, declarationId, CONFIRMED);
    await cancel(world, declarationId);
    expect(codeOf(await handset.submit(declarationId, CONFIRMED, assertion))).toBe('409 too-late');
  });

  test('after its time, although nobody has noticed the deadline yet', async () => {
    const { handset, declarationId } = await asked();
    const assertion = await signed(handset, declarationId, CONFIRMED);
    await world.pool.query(
      `UPDATE declaration_versions SET respond_by = now() - interval '1 ms' WHERE declaration_id = $1`,
      [declarationId],
    );
    expect(codeOf(await handset.submit(declarationId, CONFIRMED, assertion))).toBe('409 too-late');
    expect(await consentsOf(declarationId)).toEqual([]);
  });

  test('after another answer', async () => {
    const { handset, declarationId } = await asked();
    const assertion = await signed(handset, declarationId, { version: 1, decision: 'repudiated' });
    await handset.decide(declarationId, 'confirmed');
    const late = await handset.submit(declarationId, { version: 1, decision: 'repudiated' }, assertion);
    expect(codeOf(late)).toBe('409 already-decided');
  });

  test.each([
    ['frozen', '409 identity-frozen', (handset: Handset) => handset.freeze()],
    [
      'suspended',
      '409 identity-suspended',
      (_: Handset, subjectId: string) =>
        world.pool.query('UPDATE identities SET suspended_at = now() WHERE subject_id = $1', [subjectId]),
    ],
  ])('while the identity is %s, when it confirms (25)', async (_, code, block) => {
    const { handset, declarationId, subjectId } = await asked();
    const assertion = await signed(handset, declarationId, CONFIRMED);
    await block(handset, subjectId);
    expect(codeOf(await handset.submit(declarationId, CONFIRMED, assertion))).toBe(code);
    expect(await consentsOf(declarationId)).toEqual([]);
    expect(await handset.decide(declarationId, 'repudiated')).toMatchObject({ status: 'repudiated' });
  });

  test('once unfrozen it counts, by the same signature', async () => {
    const { handset, declarationId } = await asked();
    await handset.freeze();
    const assertion = await signed(handset, declarationId, CONFIRMED);
    await handset.submit(declarationId, CONFIRMED, assertion);
    await handset.unfreeze();
    expect(await handset.submit(declarationId, CONFIRMED, assertion)).toMatchObject({ status: 200 });
  });

  test('by a copied passkey whose count fell behind', async () => {
    const { handset, declarationId, phone } = await asked();
    const other = await ask(phone);
    handset.authenticator.counting = true;
    const copy = createHandset({ apiUrl: api.url, phone, state: handset.state() });
    copy.authenticator.counting = true;
    await handset.decide(declarationId, 'confirmed');
    const assertion = await signed(copy, other, CONFIRMED);
    expect(codeOf(await copy.submit(other, CONFIRMED, assertion))).toBe('403 assertion-rejected');
  });
});

describe('what an answer may say', () => {
  test.each<[string, object]>([
    ['/reason', { version: 1, decision: 'declined' }],
    ['/note', { version: 1, decision: 'declined', reason: 'other' }],
    ['/note', { version: 1, decision: 'declined', reason: 'other', note: 'a\u202eb' }],
    ['/note', { version: 1, decision: 'declined', reason: 'other', note: 'x'.repeat(501) }],
    ['/reason', { version: 1, decision: 'confirmed', reason: 'other' }],
    ['/lines', { version: 1, decision: 'declined', reason: 'wrong_price', lines: [2, 1] }],
    ['/lines', { version: 1, decision: 'declined', reason: 'wrong_price', lines: [9] }],
    ['/noticeVersion', { ...CONFIRMED, noticeVersion: '1999-01' }],
    ['/silent', { ...CONFIRMED, silent: true }],
    ['/version', { ...CONFIRMED, version: 2 ** 31 }],
  ])('is refused at %s: %j', async (pointer, words) => {
    const { handset, declarationId } = await shared();
    const answer = await handset.ask('POST', `/app/declarations/${declarationId}/decision/options`, {
      body: words,
    });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
  });

  let waiting: ReturnType<typeof asked> | undefined;
  function shared() {
    waiting ??= asked();
    return waiting;
  }
});

describe('at once', () => {
  test('20 answers from two devices make one consent, and 19 are told so (23)', async () => {
    const person = await importer(api, world.db);
    const declarationId = await ask(person.phone);
    const second = deviceOf(api, person);
    await second.createPasskey();
    const assertions = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const handset = at % 2 ? second : person.handset;
        const words: Decision = at % 4 < 2 ? CONFIRMED : { version: 1, decision: 'repudiated' };
        return { handset, words, assertion: await signed(handset, declarationId, words) };
      }),
    );
    const answers = await Promise.all(
      assertions.map(({ handset, words, assertion }) => handset.submit(declarationId, words, assertion)),
    );
    const codes = answers.map(codeOf).sort();
    expect(codes).toEqual(['200 undefined', ...Array(19).fill('409 already-decided')]);
    expect(await consentsOf(declarationId)).toMatchObject([{ verdict: 'accepted' }]);
    expect(await heldByCustoms(world, declarationId)).toHaveLength(1);
  });

  test('a double tap with one signature is one consent, answered twice (23)', async () => {
    const { handset, declarationId } = await asked();
    const assertion = await signed(handset, declarationId, CONFIRMED);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => handset.submit(declarationId, CONFIRMED, assertion)),
    );
    const ids = new Set(answers.map(({ body }) => (body as { consentId: string }).consentId));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect([...ids]).toEqual((await consentsOf(declarationId)).map((row) => row.consent_id));
  });

  test('a confirmation against a freeze: either it was first, or it is refused (25)', async () => {
    const { handset, declarationId } = await asked();
    const assertion = await signed(handset, declarationId, CONFIRMED);
    const [answer] = await Promise.all([
      handset.submit(declarationId, CONFIRMED, assertion),
      handset.freeze(),
    ]);
    const kept = await consentsOf(declarationId);
    expect([codeOf(answer), kept.length]).toBeOneOf([
      ['200 undefined', 1],
      ['409 identity-frozen', 0],
    ]);
  });

  test('a confirmation against a cancellation and an amendment: one of them counts (24)', async () => {
    for (let round = 0; round < 5; round++) {
      const { handset, declarationId, phone } = await asked();
      const assertion = await signed(handset, declarationId, CONFIRMED);
      const change =
        round % 2
          ? () => cancel(world, declarationId)
          : () =>
              amend(world, declarationId, 2, content({ importer: { name: '王小明', phone }, packages: 2 }));
      const [answer] = await Promise.all([handset.submit(declarationId, CONFIRMED, assertion), change()]);
      const { status } = await stateOf(world, declarationId);
      const [consent] = await consentsOf(declarationId);
      if (consent) expect([answer.status, consent.verdict, status]).toEqual([200, 'accepted', 'confirmed']);
      else expect(codeOf(answer)).toBeOneOf(['409 too-late', '409 superseded']);
    }
  });
});
