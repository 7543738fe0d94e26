import { compactVerify, importJWK } from 'jose';
import type { ReceiptKey } from '../../db/receipt-keys.ts';
import { RECEIPT_TYP, type Receipt, type ReceiptV1 } from '../../domain/receipt.ts';

/** Of a receipt, what the outcome's row says too. */
export interface ReceiptFacts {
  outcomeId: string;
  declarationId: string;
  version: number;
  digest: string;
  brokerBoxNumber: string;
  outcome: string;
  reason: string | null;
  /** RFC 3339. */
  decidedAt: string;
  consentId: string | null;
}

/** Opens receipts with every key that ever sealed one; null for one that none of them has sealed. */
export async function createReceiptOpener(
  keys: readonly ReceiptKey[],
): Promise<(receipt: string) => Promise<ReceiptFacts | null>> {
  const known = new Map(
    await Promise.all(
      keys.map(async ({ kid, publicJwk }) => [kid, await importJWK(publicJwk, 'ES256')] as const),
    ),
  );
  return async (receipt) => {
    try {
      const { payload, protectedHeader } = await compactVerify(
        receipt,
        ({ kid }) => {
          const key = known.get(kid ?? '');
          if (!key) throw new Error('an unknown key');
          return key;
        },
        { algorithms: ['ES256'] },
      );
      if (protectedHeader.typ !== RECEIPT_TYP) return null;
      return factsOf(JSON.parse(new TextDecoder().decode(payload)) as Receipt | ReceiptV1);
    } catch {
      return null;
    }
  };
}

function factsOf(receipt: Receipt | ReceiptV1): ReceiptFacts {
  if ('v' in receipt) {
    const {
      jti,
      declarationId,
      version,
      digest,
      broker,
      outcome,
      reason = null,
      decidedAt,
      consent,
    } = receipt;
    const consentId = consent?.consentId ?? null;
    return {
      outcomeId: jti,
      declarationId,
      version,
      digest,
      brokerBoxNumber: broker,
      outcome,
      reason,
      decidedAt,
      consentId,
    };
  }
  const { declarationId, version, digest, brokerBoxNumber } = receipt.declaration;
  return {
    outcomeId: receipt.record_id,
    declarationId,
    version,
    digest,
    brokerBoxNumber,
    outcome: receipt.outcome,
    reason: receipt.reason,
    decidedAt: receipt.event.event_time,
    consentId: receipt.act?.consentId ?? null,
  };
}
