/** Everything that is kept against what was signed: whoever changes rows behind the system's back cannot sign anew. */
import { auditConsents } from './answers.ts';
import { auditContents, auditStatuses } from './contents.ts';
import { type AuditCounts, type Finding, NOTHING_COUNTED } from './finding.ts';
import { auditLog, type LogToAudit } from './log.ts';
import { auditOutcomes, type RowsToAudit } from './outcomes.ts';

/** Passes findings on as they come; returns what was looked at. Memory does not grow with what is kept. */
export async function audit(
  what: LogToAudit & RowsToAudit,
  found: (finding: Finding) => void,
): Promise<AuditCounts> {
  const counts = { ...NOTHING_COUNTED };
  const parts = [
    auditLog(what),
    auditOutcomes(what, counts),
    auditContents(what, counts),
    auditConsents(what, counts),
    auditStatuses(what, counts),
  ];
  for (const part of parts) for await (const findings of part) for (const finding of findings) found(finding);
  return counts;
}
