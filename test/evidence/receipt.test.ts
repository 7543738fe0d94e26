import fc from 'fast-check';
import { calculateJwkThumbprint, compactVerify, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportFacts } from '../../db/poa/settle.ts';
import { createSealer, publicJwk, type ReceiptClaims, type Sealer } from '../../evidence/receipt.ts';
import { createReportWriter } from '../../evidence/report.ts';

let privateJwk: JWK;
let sealer: Sealer;

beforeAll(async () => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  privateJwk = { ...jwk, kid: await calculateJwkThumbprint(jwk) };
  sealer = await createSealer(privateJwk);
});

const CLAIMS: ReceiptClaims = {
  v: 'receipt/v1',
  jti: '019317a0-0000-7000-8000-000000000001',
  iss: 'consentry',
  iat: 1_795_500_000,
  declarationId: '019317a0-0000-7000-8000-000000000002',
  version: 1,
  digest: '00'.repeat(32),
  broker: 'CX001',
  order: 'declare-first',
  outcome: 'confirmed',
  decidedAt: '2026-11-24T10:00:00.000Z',
};

const claims = fc.record({
  version: fc.integer({ min: 1, max: 99 }),
  outcome: fc.constantFrom('confirmed', 'declined', 'expired'),
  broker: fc.string({ unit: 'grapheme', maxLength: 35 }),
});

const open = async (receipt: string, jwk = publicJwk(privateJwk)) =>
  compactVerify(receipt, await importJWK(jwk, 'ES256'), { algorithms: ['ES256'] });

describe('a receipt', () => {
  it('is verified by anybody with the published key, and says what was sealed', async () => {
    await fc.assert(
      fc.asyncProperty(claims, async (changes) => {
        const sealed = { ...CLAIMS, ...changes };
        const { payload, protectedHeader } = await open(await sealer.seal(sealed));
        expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(sealed);
        expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'consentry-receipt+jwt', kid: privateJwk.kid });
      }),
      { numRuns: 30 },
    );
  });

  it('is not verified when any character of it is another', async () => {
    const receipt = await sealer.seal(CLAIMS);
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
    const { publicKey } = await generateKeyPair('ES256', { extractable: true });
    await expect(open(await sealer.seal(CLAIMS), await exportJWK(publicKey))).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
  });

  it('is published with the public half of its key only', () => {
    expect(publicJwk(privateJwk)).toEqual({
      kty: 'EC',
      crv: 'P-256',
      x: privateJwk.x,
      y: privateJwk.y,
      kid: privateJwk.kid,
      use: 'sig',
      alg: 'ES256',
    });
  });
});

describe('the report to Customs', () => {
  const facts: ReportFacts = {
    outcomeId: CLAIMS.jti,
    declarationId: CLAIMS.declarationId,
    version: 2,
    digest: CLAIMS.digest,
    brokerBoxNumber: 'CX001',
    order: 'declare-first',
    waybillElsewhere: false,
    outcome: 'declined',
    reason: 'wrong_price',
    decidedAt: new Date('2026-11-24T10:00:00Z'),
    consent: {
      consentId: '019317a0-0000-7000-8000-000000000003',
      decision: 'declined',
      digest: CLAIMS.digest,
      subjectId: '019317a0-0000-7000-8000-000000000004',
      reason: 'wrong_price',
      lines: [1],
      assertionHash: Buffer.alloc(32, 7),
      createdAt: new Date('2026-11-24T10:00:00Z'),
      verification: { operator: 'sandbox' },
    },
  };
  const report = async (changes: Partial<ReportFacts> = {}) => {
    const body = JSON.parse(await createReportWriter(sealer)({ ...facts, ...changes }));
    const { payload } = await open(body.receipt);
    return { body, receipt: JSON.parse(new TextDecoder().decode(payload)) };
  };

  it('tells the outcome, and holds a receipt that tells the same with the signed act', async () => {
    const { body, receipt } = await report();
    expect(body).toMatchObject({
      declarationId: facts.declarationId,
      outcome: 'declined',
      reason: 'wrong_price',
      decidedAt: '2026-11-24T10:00:00.000Z',
    });
    expect(receipt).toMatchObject({
      v: 'receipt/v1',
      jti: facts.outcomeId,
      version: 2,
      digest: facts.digest,
      broker: 'CX001',
      outcome: 'declined',
      reason: 'wrong_price',
      consent: {
        consentId: facts.consent?.consentId,
        subject: facts.consent?.subjectId,
        lines: [1],
        assertionHash: Buffer.alloc(32, 7).toString('base64url'),
        verification: { operator: 'sandbox' },
      },
    });
    expect(receipt).not.toHaveProperty('duplicateWaybill');
  });

  it('of silence holds no act of anybody', async () => {
    const { body, receipt } = await report({ outcome: 'expired', reason: null, consent: null });
    expect(body).not.toHaveProperty('reason');
    expect(receipt).not.toHaveProperty('consent');
    expect(receipt.outcome).toBe('expired');
  });

  it('flags waybills that are open at another broker too', async () => {
    expect((await report({ waybillElsewhere: true })).receipt.duplicateWaybill).toBe(true);
  });
});
