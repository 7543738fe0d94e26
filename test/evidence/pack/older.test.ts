/** Packs of what was decided before, or otherwise: older receipts, earlier versions, what an operator took over. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seal, unseal } from '../../../db/seal.ts';
import { canonicalForm } from '../../../domain/canonical.ts';
import { PACK_FILE } from '../../../domain/pack.ts';
import { RECEIPT_TYP, type Receipt, type ReceiptV1 } from '../../../domain/receipt.ts';
import { verifyPack } from '../../../evidence/verify/verify-pack.ts';
import { createEvidenceWorld, type EvidenceWorld } from '../../support/evidence-world.ts';
import { failed, fileOf } from '../../support/pack-forgery.ts';
import { BOX_NUMBER, content } from '../../support/poa-fixtures.ts';

let world: EvidenceWorld;
beforeAll(async () => {
  world = await createEvidenceWorld();
});
afterAll(() => world.close());

const claimsOf = (receipt: string): Receipt =>
  JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString());
const resultOf = (report: ReturnType<typeof verifyPack>, id: string) =>
  report.checks.find((check) => check.id === id)?.result;

/** The outcome and the answer as they were kept before receipts told more. */
async function asKeptBefore(declarationId: string): Promise<void> {
  const { pool, keys } = world.db;
  const key = (await keys.get(declarationId)) ?? expect.fail();
  const { rows } = await pool.query(
    `SELECT o.outcome_id, o.sealed_report, c.consent_id, c.sealed FROM version_outcomes o JOIN consents c USING (consent_id)
     WHERE o.declaration_id = $1`,
    [declarationId],
  );
  const { outcome_id, sealed_report, consent_id, sealed } = rows[0];
  const reportAt = `version_outcomes/${outcome_id}/sealed_report` as const;
  const consentAt = `consents/${consent_id}/sealed` as const;
  const { body } = unseal(key, reportAt, sealed_report) as { body: string };
  const { binding: _, ...evidence } = unseal(key, consentAt, sealed) as { binding: string };
  const report = JSON.parse(body) as { receipt: string };
  const receipt = await world.sealer.sign(
    RECEIPT_TYP,
    Buffer.from(JSON.stringify(olderForm(claimsOf(report.receipt)))),
  );
  await pool.query('UPDATE consents SET sealed = $2, receipt_facts = NULL WHERE consent_id = $1', [
    consent_id,
    seal(key, consentAt, evidence),
  ]);
  await pool.query(
    'UPDATE version_outcomes SET sealed_report = $2, receipt_hash = NULL WHERE outcome_id = $1',
    [outcome_id, seal(key, reportAt, { body: JSON.stringify({ ...report, receipt }) })],
  );
}

const olderForm = ({ declaration, act, ...claims }: Receipt): ReceiptV1 => ({
  v: 'receipt/v1',
  jti: claims.record_id,
  iss: claims.iss,
  iat: claims.iat,
  declarationId: declaration.declarationId,
  version: declaration.version,
  digest: declaration.digest,
  broker: declaration.brokerBoxNumber,
  order: declaration.order,
  outcome: claims.outcome,
  decidedAt: claims.event.event_time,
  ...(act && {
    consent: {
      consentId: act.consentId,
      subject: claims.pii_principal_id ?? '',
      assertionHash: act.assertionHash,
      verification: { operator: 'sandbox' },
    },
  }),
});

describe('an older receipt', () => {
  it('verifies; what it does not say is told, and the service can be named by the verifier', async () => {
    const { declarationId } = await world.decide({ decision: 'confirmed' });
    await asKeptBefore(declarationId);
    await world.appendAll();
    const pack = await world.packOf(declarationId);
    const report = verifyPack(pack, await world.trust());
    expect(failed(report)).toEqual([]);
    expect([resultOf(report, 'binding'), resultOf(report, 'delivery')]).toEqual([
      'not-applicable',
      'not-applicable',
    ]);
    expect([resultOf(report, 'signature'), resultOf(report, 'challenge')]).toEqual(['passed', 'passed']);
    const relyingParty = { id: 'localhost', origin: 'https://evil.example' };
    expect(failed(verifyPack(pack, { ...(await world.trust()), relyingParty }))).toEqual(['challenge']);
  });
});

describe('a declined version that was amended', () => {
  it('has its own pack, and is known to the next one by digest and receipt', async () => {
    const { declarationId, person } = await world.decide({ decision: 'declined', reason: 'wrong_price' });
    const { pool, keys } = world.db;
    const key = (await keys.get(declarationId)) ?? expect.fail();
    const amended = content({ importer: { name: '王小明', phone: person.phone } });
    const { text, digest } = canonicalForm(amended, BOX_NUMBER);
    await pool.query(
      `WITH v AS (INSERT INTO declaration_versions (declaration_id, version, digest, respond_by, functional_reference,
           master_waybill, house_waybill, sealed, state, shown_to, shown_at)
         VALUES ($1, 2, $2, now() + interval '1 day', 'F', 'M', 'H', $3, 'in-force', $4, now()))
       UPDATE declarations SET version = 2, digest = $2, status = 'awaiting_importer', subject_id = $4 WHERE declaration_id = $1`,
      [
        declarationId,
        digest,
        seal(key, `declaration_versions/${declarationId}.2/sealed`, { submitted: amended, canonical: text }),
        person.subjectId,
      ],
    );
    await person.handset.decide(declarationId, 'confirmed', { version: 2 });
    await world.end(declarationId, { decision: 'confirmed' });
    await world.appendAll();
    const packs = [];
    for (const version of [1, 2]) {
      const made = await world.make({ declarationId, version });
      if (made.kind !== 'pack') throw new Error(made.kind);
      packs.push(Buffer.concat([...made.chunks]));
    }
    const [first = expect.fail(), second = expect.fail()] = packs;
    const trust = await world.trust();
    expect([failed(verifyPack(first, trust)), failed(verifyPack(second, trust))]).toEqual([[], []]);
    expect([verifyPack(first, trust).about?.outcome, verifyPack(second, trust).about?.outcome]).toEqual([
      'declined',
      'confirmed',
    ]);
    const { previousReceipt } = claimsOf(fileOf(second, PACK_FILE.receipt).toString());
    const { versions } = JSON.parse(fileOf(second, PACK_FILE.history).toString());
    expect(versions[0].receiptDigest).toBe(previousReceipt);
    expect(fileOf(second, PACK_FILE.history).toString()).not.toContain('running shoes');
  });
});

describe('what an operator took over from Customs', () => {
  const takenOver = async (consentStands: boolean) => {
    const { declarationId } = await world.decide({ decision: 'confirmed' });
    await world.db.pool.query(
      `WITH aside AS (
         UPDATE version_outcomes SET set_aside_at = now(), acknowledged_at = NULL, acknowledgement_number = NULL
         WHERE declaration_id = $1 RETURNING consent_id)
       SELECT 1 FROM aside`,
      [declarationId],
    );
    await world.db.pool.query(
      `INSERT INTO version_outcomes (outcome_id, declaration_id, version, outcome, consent_id, source, decided_at,
         acknowledgement_number, acknowledged_at)
       SELECT $2, declaration_id, 1, 'confirmed', CASE WHEN $3 THEN consent_id END, 'customs', now(), 'C-1', now()
       FROM consents WHERE declaration_id = $1`,
      [declarationId, randomUUID(), consentStands],
    );
    await world.appendAll();
    return declarationId;
  };

  it('has the receipt of the answer that stands with it', async () => {
    const pack = await world.packOf(await takenOver(true));
    expect(failed(verifyPack(pack, await world.trust()))).toEqual([]);
    expect(JSON.parse(fileOf(pack, PACK_FILE.acknowledgement).toString())).toMatchObject({
      source: 'customs',
      acknowledgementNumber: 'C-1',
    });
  });

  it('has no pack where no answer of ours stands: we have nothing to prove', async () => {
    expect(await world.make({ declarationId: await takenOver(false) })).toEqual({ kind: 'none' });
  });
});
