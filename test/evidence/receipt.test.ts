import fc from 'fast-check';
import { compactVerify, importJWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportFacts } from '../../db/poa/settle.ts';
import type { PrivateReceiptJwk } from '../../db/receipt-keys.ts';
import { RECEIPT_KEY_OVERLAP_MS, RECEIPT_KEY_TAKEN_UP_MS } from '../../domain/limits.ts';
import { REPORTED_OUTCOMES } from '../../domain/outcome.ts';
import type { Receipt } from '../../domain/receipt.ts';
import { createSealer, newReceiptKey, publishedJwk, type Sealer } from '../../evidence/receipt.ts';
import { createReportWriter } from '../../evidence/report.ts';

let key: PrivateReceiptJwk;
let sealer: Sealer;

beforeAll(async () => {
  key = await newReceiptKey();
  sealer = createSealer(async () => key);
});

const published = ({ d, ...publicJwk }: PrivateReceiptJwk) =>
  publishedJwk({
    kid: publicJwk.kid,
    publicJwk,
    createdAt: new Date('2026-11-24T00:00:00Z'),
    notBefore: new Date('2026-11-24T00:00:01.900Z'),
    retiredAt: null,
    revokedAt: null,
    revokedReason: null,
  });

const open = async (receipt: string, by = key) =>
  compactVerify(receipt, await importJWK(published(by), 'ES256'), { algorithms: ['ES256'] });
const claimsOf = async (receipt: string): Promise<Receipt> =>
  JSON.parse(new TextDecoder().decode((await open(receipt)).payload));

const SIM_CHECK = {
  operator: 'sandbox',
  since: '2026-11-01T10:00:00.000Z',
  simSwap: { apiVersion: 'sim-swap/v2', result: 'same' as const, correlator: 's' },
  numberRecycling: {
    apiVersion: 'number-recycling/v0.2',
    result: 'same' as const,
    correlator: 'r',
    specifiedDate: '2026-11-02',
  },
  at: '2026-11-24T10:00:00.100Z',
};
const facts: ReportFacts = {
  outcomeId: '019317a0-0000-7000-8000-000000000001',
  declarationId: '019317a0-0000-7000-8000-000000000002',
  version: 2,
  digest: '00'.repeat(32),
  brokerBoxNumber: 'CX001',
  order: 'declare-first',
  waybillElsewhere: false,
  outcome: 'declined',
  reason: 'wrong_price',
  decidedAt: new Date('2026-11-24T10:00:00Z'),
  subjectId: '019317a0-0000-7000-8000-000000000004',
  delivery: {
    shownAt: '2026-11-24T09:00:00.000Z',
    notifications: [{ kind: 'ask', sentAt: '2026-11-24T09:00:01.000Z', displayedAt: null }],
  },
  previousReceipt: '11'.repeat(32),
  consent: {
    consentId: '019317a0-0000-7000-8000-000000000003',
    decision: 'declined',
    digest: '00'.repeat(32),
    subjectId: '019317a0-0000-7000-8000-000000000004',
    reason: 'wrong_price',
    lines: [1],
    assertionHash: Buffer.alloc(32, 7),
    createdAt: new Date('2026-11-24T10:00:00Z'),
    verification: { operator: 'another by now' },
    simCheck: SIM_CHECK,
    receiptFacts: {
      actDigest: '22'.repeat(32),
      notice: { digest: '33'.repeat(32), version: '2026-11', locale: 'zh-TW', build: '1.0.0' },
      bindingDigest: '44'.repeat(32),
      verification: {
        binding: { operator: 'sandbox' },
        numberVerification: { result: 'verified', correlator: 'n' },
        kycMatch: { result: 'match', correlator: 'k' },
      },
    },
  },
};
const report = async (changes: Partial<ReportFacts> = {}) => {
  const { body, receipt } = await createReportWriter(sealer)({ ...facts, ...changes });
  return { body: JSON.parse(body), receipt, claims: await claimsOf(receipt) };
};

describe('a receipt', () => {
  it('is verified by anybody with the published key', async () => {
    const { protectedHeader } = await open((await report()).receipt);
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'consentry-receipt+jwt', kid: key.kid });
  });

  it('is not verified when any character of it is another', async () => {
    const { receipt } = await report();
    await fc.assert(
      fc.asyncProperty(fc.nat(receipt.length - 1), async (at) => {
        // The last character of a part may hold bits that base64url leaves out.
        fc.pre(receipt[at] !== '.' && receipt[at + 1] !== '.' && at < receipt.length - 1);
        const other = receipt[at] === 'A' ? 'B' : 'A';
        await expect(open(receipt.slice(0, at) + other + receipt.slice(at + 1))).rejects.toThrow();
      }),
    );
  });

  it('is not verified by another key', async () => {
    await expect(open((await report()).receipt, await newReceiptKey())).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
  });

  it('names who, what, when, how verified and what was decided, in the terms of ISO/IEC TS 27560', async () => {
    expect((await report()).claims).toEqual({
      schema_version: 'receipt/v2',
      record_id: facts.outcomeId,
      iss: 'consentry',
      iat: expect.any(Number),
      pii_principal_id: facts.subjectId,
      privacy_notice: { digest: '33'.repeat(32), version: '2026-11', build: '1.0.0' },
      language: 'zh-TW',
      purposes: [
        {
          purpose: 'customs-declaration-poa',
          lawful_basis: expect.stringContaining('空運快遞貨物通關辦法'),
          jurisdiction: 'TW',
          pii_controllers: ['consentry'],
          recipient_third_parties: ['tw-customs', 'broker:CX001'],
          retention_period: 'P6M',
        },
      ],
      event: {
        event_time: '2026-11-24T10:00:00.000Z',
        event_type: 'explicit',
        event_state: 'refused',
        entity_id: facts.subjectId,
      },
      declaration: {
        declarationId: facts.declarationId,
        version: 2,
        digest: facts.digest,
        brokerBoxNumber: 'CX001',
        order: 'declare-first',
        duplicateWaybill: false,
      },
      outcome: 'declined',
      reason: 'wrong_price',
      act: {
        consentId: facts.consent?.consentId,
        lines: [1],
        actDigest: '22'.repeat(32),
        assertionHash: Buffer.alloc(32, 7).toString('base64url'),
        bindingDigest: '44'.repeat(32),
      },
      verification: {
        binding: { operator: 'sandbox' },
        numberVerification: { result: 'verified', correlator: 'n' },
        kycMatch: { result: 'match', correlator: 'k' },
        simCheck: SIM_CHECK,
      },
      delivery: facts.delivery,
      previousReceipt: '11'.repeat(32),
    });
  });

  it.each(REPORTED_OUTCOMES)(
    'of %s says whether there is a consent, and who ended the version',
    async (outcome) => {
      const answered = ['confirmed', 'declined', 'repudiated'].includes(outcome);
      const { claims } = await report({ outcome, ...(!answered && { consent: null, reason: null }) });
      const states = { confirmed: 'given', declined: 'refused', repudiated: 'refused' } as Record<
        string,
        string
      >;
      expect(claims.event.event_state).toBe(states[outcome] ?? 'not-given');
      const enders = { cancelled: 'broker:CX001', expired: 'consentry', unregistered: 'consentry' };
      expect(claims.event.entity_id).toBe((enders as Record<string, string>)[outcome] ?? facts.subjectId);
      expect(claims.act === null).toBe(!answered);
      expect(claims.verification === null).toBe(!answered);
      expect(claims.privacy_notice === null).toBe(!answered);
    },
  );

  it('of nobody who was found names nobody', async () => {
    const { claims } = await report({
      outcome: 'unregistered',
      consent: null,
      reason: null,
      subjectId: null,
    });
    expect(claims.pii_principal_id).toBeNull();
  });

  it('of an answer kept before receipts told more says what is known', async () => {
    const consent = facts.consent && { ...facts.consent, receiptFacts: null, simCheck: null };
    const { claims } = await report({ consent });
    expect(claims.act).toMatchObject({ actDigest: null, bindingDigest: null });
    expect(claims.verification).toEqual({
      binding: { operator: 'another by now' },
      numberVerification: null,
      kycMatch: null,
      simCheck: null,
    });
  });

  it('flags waybills that are open at another broker too', async () => {
    expect((await report({ waybillElsewhere: true })).claims.declaration.duplicateWaybill).toBe(true);
  });
});

describe('the report to Customs', () => {
  it('tells the outcome, and holds the receipt', async () => {
    const { body, receipt } = await report();
    expect(body).toEqual({
      declarationId: facts.declarationId,
      outcome: 'declined',
      reason: 'wrong_price',
      decidedAt: '2026-11-24T10:00:00.000Z',
      receipt,
    });
  });

  it('of silence gives no reason', async () => {
    const { body } = await report({ outcome: 'expired', reason: null, consent: null });
    expect(body).not.toHaveProperty('reason');
  });
});

describe('the sealer', () => {
  const kidOf = async (receipt: string) => (await open(receipt)).protectedHeader.kid;

  it('takes up a new key soon, and asks for it no more often', async () => {
    const keys = [await newReceiptKey(), await newReceiptKey()];
    let asked = 0;
    let now = 0;
    const rotating = createSealer(
      async () => keys[Math.min(asked++, 1)] ?? null,
      () => now,
    );
    const kid = async () => {
      const [header = ''] = (await rotating.sign('test', new Uint8Array())).split('.');
      return JSON.parse(Buffer.from(header, 'base64url').toString()).kid;
    };
    expect(await kid()).toBe(keys[0]?.kid);
    now = RECEIPT_KEY_TAKEN_UP_MS - 1;
    expect([await kid(), asked]).toEqual([keys[0]?.kid, 1]);
    now += 1;
    expect([await kid(), asked]).toEqual([keys[1]?.kid, 2]);
    expect(RECEIPT_KEY_TAKEN_UP_MS).toBeLessThan(RECEIPT_KEY_OVERLAP_MS);
  });

  it('seals nothing without a key, nor with one that it cannot ask for anew', async () => {
    await expect(createSealer(async () => null).sign('test', new Uint8Array())).rejects.toThrow('no key');
    let now = 0;
    let reachable = true;
    const cut = createSealer(
      async () => {
        if (!reachable) throw new Error('key store away');
        return key;
      },
      () => now,
    );
    await cut.sign('test', new Uint8Array());
    [now, reachable] = [RECEIPT_KEY_TAKEN_UP_MS, false];
    await expect(cut.sign('test', new Uint8Array())).rejects.toThrow('away');
    reachable = true;
    expect(await kidOf(await cut.sign('test', new Uint8Array()))).toBe(key.kid);
  });
});

describe('a published key', () => {
  it('is the public half only, with the time from which it counts', () => {
    const { x, y, kid } = key;
    expect(published(key)).toEqual({
      kty: 'EC',
      crv: 'P-256',
      x,
      y,
      kid,
      use: 'sig',
      alg: 'ES256',
      nbf: Date.parse('2026-11-24T00:00:01Z') / 1000,
    });
  });
});
