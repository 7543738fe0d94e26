import { createHash } from 'node:crypto';
import { verifySignature } from '@simplewebauthn/server/helpers';
import { type AuditedConsent, auditedConsents } from '../../db/audit.ts';
import type { ConsentEvidence } from '../../db/consents.ts';
import { unseal } from '../../db/seal.ts';
import { challengeOf } from '../../domain/challenge.ts';
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
    const findings = await Promise.all(
      page.map((row) => auditConsent(row, found.get(row.declarationId), counts)),
    );
    yield findings.flat();
  }
}

async function auditConsent(
  row: AuditedConsent,
  key: Buffer | undefined,
  counts: AuditCounts,
): Promise<Finding[]> {
  const finding = (kind: Finding['kind'], detail: string): Finding => ({
    kind,
    of: `consent ${row.consentId}`,
    detail: `${detail} (declaration ${row.declarationId}, version ${row.version})`,
  });
  const counted = row.verdict === 'accepted' && !row.hasOutcome;
  const orphan = counted ? [finding('outcome-missing', 'it was accepted, and no outcome came of it')] : [];
  if (!key) {
    counts.shredded++;
    return orphan;
  }
  const evidence = opened(key, row);
  if (!evidence) return [...orphan, finding('consent-unreadable', 'its evidence is not what was sealed')];
  const differing = differences(row, evidence);
  return [
    ...orphan,
    ...(differing.length > 0
      ? [finding('consent-changed', `what was signed says otherwise of: ${differing.join(', ')}`)]
      : []),
    ...((await isSigned(evidence))
      ? []
      : [finding('consent-not-signed', 'the signature is not of this act')]),
  ];
}

function opened(key: Buffer, { consentId, sealed }: AuditedConsent): ConsentEvidence | null {
  try {
    return unseal(key, `consents/${consentId}/sealed`, sealed) as ConsentEvidence;
  } catch {
    return null;
  }
}

const bytes = (base64url: string) => new Uint8Array(Buffer.from(base64url, 'base64url'));
const sha256 = (...parts: Uint8Array[]) =>
  new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest());

/** Names of the members in which the row and the signed act differ. */
function differences(row: AuditedConsent, { act, ...evidence }: ConsentEvidence): string[] {
  const said = {
    digest: row.digest === act.digest,
    version: row.version === act.version,
    subject: row.subjectId === act.subject,
    decision: row.decision === act.decision,
    reason: row.reason === act.reason,
    lines: JSON.stringify(row.lines) === JSON.stringify(act.lines),
    assertion: row.assertionHash.equals(
      sha256(
        bytes(evidence.authenticatorData),
        sha256(bytes(evidence.clientDataJSON)),
        bytes(evidence.signature),
      ),
    ),
  };
  return Object.entries(said).flatMap(([name, same]) => (same ? [] : [name]));
}

/** Whether the passkey signed a challenge that is the digest of this act (WebAuthn Level 3 §7.2, steps 11 and 21). */
async function isSigned({
  act,
  authenticatorData,
  clientDataJSON,
  signature,
  credentialPublicKey,
}: ConsentEvidence): Promise<boolean> {
  try {
    const clientData = bytes(clientDataJSON);
    const { challenge } = JSON.parse(new TextDecoder().decode(clientData)) as { challenge?: string };
    const signed = {
      signature: bytes(signature),
      data: new Uint8Array(Buffer.concat([bytes(authenticatorData), sha256(clientData)])),
      credentialPublicKey: bytes(credentialPublicKey),
    };
    return (
      challenge === Buffer.from(challengeOf(act)).toString('base64url') && (await verifySignature(signed))
    );
  } catch {
    return false;
  }
}
