import type { ReportFacts, WriteReport } from '../db/poa/settle.ts';
import type { ReceiptClaims, Sealer } from './receipt.ts';

/** Who issues the receipts. */
const ISSUER = 'consentry';

/** Makes the exact bytes of the report to Customs (P5), receipt included; made once, when the outcome is settled. */
export const createReportWriter =
  (sealer: Sealer): WriteReport =>
  async (facts) =>
    JSON.stringify({
      declarationId: facts.declarationId,
      outcome: facts.outcome,
      decidedAt: facts.decidedAt.toISOString(),
      ...(facts.reason && { reason: facts.reason }),
      receipt: await sealer.seal(claimsOf(facts)),
    });

function claimsOf(facts: ReportFacts): ReceiptClaims {
  const { consent } = facts;
  return {
    v: 'receipt/v1',
    jti: facts.outcomeId,
    iss: ISSUER,
    iat: Math.floor(Date.now() / 1000),
    declarationId: facts.declarationId,
    version: facts.version,
    digest: facts.digest,
    broker: facts.brokerBoxNumber,
    order: facts.order,
    outcome: facts.outcome,
    decidedAt: facts.decidedAt.toISOString(),
    ...(facts.reason && { reason: facts.reason }),
    ...(consent && {
      consent: {
        consentId: consent.consentId,
        subject: consent.subjectId,
        ...(consent.lines && { lines: consent.lines }),
        assertionHash: consent.assertionHash.toString('base64url'),
        ...(consent.verification && { verification: consent.verification }),
      },
    }),
    ...(facts.waybillElsewhere && { duplicateWaybill: true as const }),
  };
}
