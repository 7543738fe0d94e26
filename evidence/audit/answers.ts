import { type AuditedConsent, auditedConsents } from '../../db/audit.ts';
import type { ConsentEvidence } from '../../db/consents.ts';
import { unseal } from '../../db/seal.ts';
import { challengeOf } from '../../domain/challenge.ts';
import { type AssertionParts, assertionHash, checkClientData, checkSignature } from '../verify/assertion.ts';
import { Failure } from '../verify/failure.ts';
import type { AuditCounts, Finding } from './finding.ts';
import type { RowsToAudit } from './outcomes.ts';

/** Answers of persons: what the rows say against what was signed, and the signatures. */
export async function* auditConsents(
  { pool, keys }: RowsToAudit,
  counts: AuditCounts,
): AsyncGenerator<Finding[]> {
  for await (const page of auditedConsents(pool)) {
    counts.consents += page.length;
    const found = await keys.getMany([...new Set(page.map(({ declarationId }) => declarationId))]);
    yield page.flatMap((row) => auditConsent(row, found.get(row.declarationId), counts));
  }
}

function auditConsent(row: AuditedConsent, key: Buffer | undefined, counts: AuditCounts): Finding[] {
  const finding = (kind: Finding['kind'], detail: string): Finding => ({
    kind,
    of: `consent ${row.consentId}`,
    detail: `${detail} (declaration ${row.declarationId}, version ${row.version})`,
  });
  const counted = row.verdict === 'accepted' && !row.hasOutcome;
  const orphan = counted ? [finding('outcome-missing', 'it was accepted, and no outcome came of it')] : [];
  if (!key || (row.purged && !row.sealed)) {
    counts.shredded++;
    return orphan;
  }
  const evidence = row.sealed && opened(key, row.consentId, row.sealed);
  if (!evidence) return [...orphan, finding('consent-unreadable', 'its evidence is not what was sealed')];
  const differing = differences(row, evidence);
  const unsigned = whyNotSigned(evidence);
  return [
    ...orphan,
    ...(differing.length > 0
      ? [finding('consent-changed', `what was signed says otherwise of: ${differing.join(', ')}`)]
      : []),
    ...(unsigned === null ? [] : [finding('consent-not-signed', unsigned)]),
  ];
}

function opened(key: Buffer, consentId: string, sealed: Buffer): ConsentEvidence | null {
  try {
    return unseal(key, `consents/${consentId}/sealed`, sealed) as ConsentEvidence;
  } catch {
    return null;
  }
}

const partsOf = (evidence: ConsentEvidence): AssertionParts => {
  const bytes = (base64url: string) => Buffer.from(base64url, 'base64url');
  return {
    authenticatorData: bytes(evidence.authenticatorData),
    clientDataJSON: bytes(evidence.clientDataJSON),
    signature: bytes(evidence.signature),
    publicKey: bytes(evidence.credentialPublicKey),
  };
};

/** Names of the members in which the row and the signed act differ. */
function differences(row: AuditedConsent, evidence: ConsentEvidence): string[] {
  const { act } = evidence;
  const same = {
    digest: row.digest === act.digest,
    version: row.version === act.version,
    subject: row.subjectId === act.subject,
    decision: row.decision === act.decision,
    reason: row.reason === act.reason,
    lines: JSON.stringify(row.lines) === JSON.stringify(act.lines),
    assertion: row.assertionHash.toString('base64url') === assertionHash(partsOf(evidence)),
  };
  return Object.entries(same).flatMap(([name, holds]) => (holds ? [] : [name]));
}

/** Null: the passkey signed a challenge that is the digest of this act. */
function whyNotSigned(evidence: ConsentEvidence): string | null {
  const parts = partsOf(evidence);
  try {
    checkClientData(parts.clientDataJSON, { challenge: challengeOf(evidence.act), origin: null });
    checkSignature(parts);
    return null;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}
