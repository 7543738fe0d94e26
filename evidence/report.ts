import type { ConsentFacts, ReportFacts, WriteReport } from '../db/poa/settle.ts';
import { POA_RETENTION_MONTHS } from '../domain/law.ts';
import { isDecision } from '../domain/outcome.ts';
import { EVENT_STATE, PARTY, RECEIPT_ISSUER, type Receipt, type Verification } from '../domain/receipt.ts';
import type { Sealer } from './receipt.ts';

/** Makes the exact bytes of the report to Customs (P5), receipt included; made once, when the outcome is settled. */
export const createReportWriter =
  (sealer: Sealer): WriteReport =>
  async (facts) => {
    const receipt = await sealer.seal(receiptOf(facts));
    const body = JSON.stringify({
      declarationId: facts.declarationId,
      outcome: facts.outcome,
      decidedAt: facts.decidedAt.toISOString(),
      ...(facts.reason && { reason: facts.reason }),
      receipt,
    });
    return { body, receipt };
  };

function receiptOf(facts: ReportFacts): Receipt {
  const { consent, outcome, subjectId } = facts;
  const told = consent?.receiptFacts;
  return {
    schema_version: 'receipt/v2',
    record_id: facts.outcomeId,
    iss: RECEIPT_ISSUER,
    iat: Math.floor(Date.now() / 1000),
    pii_principal_id: consent?.subjectId ?? subjectId,
    privacy_notice: told
      ? { digest: told.notice.digest, version: told.notice.version, build: told.notice.build }
      : null,
    language: told?.notice.locale ?? null,
    purposes: [
      {
        purpose: 'customs-declaration-poa',
        lawful_basis: '空運快遞貨物通關辦法 Art. 17',
        jurisdiction: 'TW',
        pii_controllers: [PARTY.consentry],
        recipient_third_parties: [PARTY.customs, PARTY.broker(facts.brokerBoxNumber)],
        retention_period: `P${POA_RETENTION_MONTHS}M`,
      },
    ],
    event: {
      event_time: facts.decidedAt.toISOString(),
      event_type: 'explicit',
      event_state: EVENT_STATE[outcome],
      entity_id: whoEnded(facts),
    },
    declaration: {
      declarationId: facts.declarationId,
      version: facts.version,
      digest: facts.digest,
      brokerBoxNumber: facts.brokerBoxNumber,
      order: facts.order,
      duplicateWaybill: facts.waybillElsewhere,
    },
    outcome,
    reason: facts.reason,
    act: consent && {
      consentId: consent.consentId,
      lines: consent.lines,
      actDigest: told?.actDigest ?? null,
      assertionHash: consent.assertionHash.toString('base64url'),
      bindingDigest: told?.bindingDigest ?? null,
    },
    verification: consent && verificationOf(consent),
    delivery: facts.delivery,
    previousReceipt: facts.previousReceipt,
  };
}

function whoEnded({ outcome, consent, brokerBoxNumber }: ReportFacts): string {
  if (isDecision(outcome) && consent) return consent.subjectId;
  return outcome === 'cancelled' ? PARTY.broker(brokerBoxNumber) : PARTY.consentry;
}

/** As it stood when the person answered; of answers kept without it, as it stands now. */
const verificationOf = ({ receiptFacts, verification, simCheck }: ConsentFacts): Verification => ({
  binding: receiptFacts?.verification.binding ?? verification ?? {},
  numberVerification: receiptFacts?.verification.numberVerification ?? null,
  kycMatch: receiptFacts?.verification.kycMatch ?? null,
  simCheck,
});
