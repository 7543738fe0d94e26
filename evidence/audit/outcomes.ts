import { createHash } from 'node:crypto';
import { type AuditedOutcome, auditedOutcomes, leavesWithOutcomes } from '../../db/audit.ts';
import type { KeyStore } from '../../db/keys.ts';
import { openReceipt, openSalt } from '../../db/log/queue.ts';
import type { Queryable } from '../../db/pool.ts';
import { logEntry } from '../../domain/log-entry.ts';
import type { Statement } from '../verify/receipt.ts';
import type { AuditCounts, Finding } from './finding.ts';
import { createReceiptOpener, type ReceiptOpener } from './receipts.ts';

export interface RowsToAudit {
  pool: Queryable;
  keys: KeyStore;
}

/** Outcomes against their receipts, and receipts against the log. */
export async function* auditOutcomes(
  { pool, keys }: RowsToAudit,
  counts: AuditCounts,
): AsyncGenerator<Finding[]> {
  const open = createReceiptOpener(await keys.receipts.list());
  for await (const page of auditedOutcomes(pool)) {
    counts.outcomes += page.length;
    const found = await keys.getMany([...new Set(page.map(({ declarationId }) => declarationId))]);
    yield page.flatMap((row) => auditOutcome(row, found.get(row.declarationId), open, counts));
  }
  for await (const page of leavesWithOutcomes(pool)) {
    counts.leaves += page.length;
    yield page
      .filter(({ orphan }) => orphan)
      .map(({ leafIndex, outcomeId }) => ({
        kind: 'outcome-missing' as const,
        of: `leaf ${leafIndex}`,
        detail: `outcome ${outcomeId} was deleted`,
      }));
  }
}

function auditOutcome(
  row: AuditedOutcome,
  key: Buffer | undefined,
  open: ReceiptOpener,
  counts: AuditCounts,
): Finding[] {
  const finding = (kind: Finding['kind'], detail: string): Finding => ({
    kind,
    of: `outcome ${row.outcomeId}`,
    detail: `${detail} (declaration ${row.declarationId}, version ${row.version})`,
  });
  const missing = [
    ...(row.digest === null ? [finding('version-missing', 'its version was deleted')] : []),
    ...(row.consentId && !row.consentDecision
      ? [finding('consent-missing', `consent ${row.consentId} was deleted`)]
      : []),
  ];
  if (mayHaveNone(row) && !row.sealedReport) return missing;
  if (!row.sealedReport && !row.purged)
    return [...missing, finding('outcome-without-receipt', 'nothing accounts for it')];
  if (row.queued) counts.waiting++;
  else if (row.leafIndex === null) missing.push(finding('outcome-not-logged', 'it is not in the log'));
  if (!key || !row.sealedReport) {
    counts.shredded++;
    return missing;
  }
  const receipt = openReceipt(key, row.outcomeId, row.sealedReport);
  if (receipt === null)
    return [...missing, finding('receipt-unreadable', 'its report is not what was sealed')];
  const said = open(receipt);
  const differing = 'refused' in said ? [] : differences(row, receipt, said);
  return [
    ...missing,
    ...(isLogged(row, key, receipt)
      ? []
      : [finding('receipt-changed', `leaf ${row.leafIndex} was made of another receipt`)]),
    ...('refused' in said ? [finding('receipt-not-ours', said.refused)] : []),
    ...(differing.length > 0
      ? [finding('outcome-changed', `its receipt says otherwise of: ${differing.join(', ')}`)]
      : []),
  ];
}

/** An outcome that is not reported, or that an operator took over from Customs. */
const mayHaveNone = ({ outcome, source, superseded, acceptedFromCustoms }: AuditedOutcome): boolean =>
  source === 'customs' ? acceptedFromCustoms : outcome === 'superseded' && superseded;

/** True also while it waits for its leaf. */
function isLogged({ outcomeId, entry, sealedSalt }: AuditedOutcome, key: Buffer, receipt: string): boolean {
  if (!entry || !sealedSalt) return true;
  try {
    return entry.equals(logEntry(openSalt(key, outcomeId, sealedSalt), receipt));
  } catch {
    return false;
  }
}

/** Names of the members in which row and receipt differ. */
function differences(row: AuditedOutcome, receipt: string, said: Statement): string[] {
  const { declaration } = said;
  const hash = createHash('sha256').update(receipt).digest();
  const same = {
    id: row.outcomeId === said.record_id,
    declaration: row.declarationId === declaration.declarationId,
    version: row.version === declaration.version,
    // Told above when it is missing.
    digest: row.digest === null || row.digest === declaration.digest,
    broker: row.brokerBoxNumber === null || row.brokerBoxNumber === declaration.brokerBoxNumber,
    outcome: row.outcome === said.outcome,
    reason: row.reason === said.reason,
    'time of decision': row.decidedAt.getTime() === Date.parse(said.decidedAt),
    consent: row.consentId === (said.act?.consentId ?? null),
    'hash of the receipt': row.receiptHash === null || row.receiptHash.equals(hash),
  };
  return Object.entries(same).flatMap(([name, holds]) => (holds ? [] : [name]));
}
