import type { ReceiptKey } from '../../db/receipt-keys.ts';
import { RECEIPT_TYP } from '../../domain/receipt.ts';
import { publishedJwk } from '../receipt.ts';
import { Failure } from '../verify/failure.ts';
import { openJws, requireInForce, trustedKeys } from '../verify/jws.ts';
import { readReceipt, type Statement } from '../verify/receipt.ts';

/** Opens a receipt; tells why not, when it is not by a key of ours. */
export type ReceiptOpener = (receipt: string) => Statement | { refused: string };

/** Opens receipts as everybody verifies them, with every key that ever sealed one. */
export function createReceiptOpener(keys: readonly ReceiptKey[]): ReceiptOpener {
  const trusted = trustedKeys({ keys: keys.map(publishedJwk) });
  return (receipt) => {
    try {
      const { payload, key } = openJws(receipt, RECEIPT_TYP, trusted);
      const statement = readReceipt(payload);
      requireInForce(key, statement.iat);
      return statement;
    } catch (error) {
      if (error instanceof Failure) return { refused: error.message };
      throw error;
    }
  };
}
