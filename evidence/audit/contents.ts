import { type AuditedStatus, auditedContents, auditedStatuses, contentAddress } from '../../db/audit.ts';
import { unseal } from '../../db/seal.ts';
import { sha256Hex } from '../../domain/canonical.ts';
import { POA_RETENTION_MONTHS } from '../../domain/law.ts';
import { REPORTED_OUTCOMES } from '../../domain/outcome.ts';
import { retentionEnd } from '../../domain/retention.ts';
import type { AuditCounts, Finding } from './finding.ts';
import type { RowsToAudit } from './outcomes.ts';

/** Canonical texts against their digests: what brokers submitted, and what Customs sent. */
export async function* auditContents(
  { pool, keys }: RowsToAudit,
  counts: AuditCounts,
): AsyncGenerator<Finding[]> {
  for (const table of ['declaration_versions', 'contexts'] as const) {
    for await (const page of auditedContents(pool, table)) {
      counts.contents += page.length;
      const found = await keys.getMany([...new Set(page.map(({ declarationId }) => declarationId))]);
      yield page.flatMap((row): Finding[] => {
        const key = found.get(row.declarationId);
        if (!key || (row.purged && !row.sealed)) {
          counts.shredded++;
          return [];
        }
        const name = table === 'contexts' ? 'context' : 'version';
        const of = `${name} ${row.version} of declaration ${row.declarationId}`;
        const text = row.sealed && canonicalText(key, contentAddress(table, row), row.sealed);
        if (text === null) return [{ kind: 'content-unreadable', of, detail: 'it is not what was sealed' }];
        if (sha256Hex(text) === row.digest) return [];
        return [{ kind: 'content-changed', of, detail: `its text does not have the digest ${row.digest}` }];
      });
    }
  }
}

function canonicalText(
  key: Buffer,
  address: ReturnType<typeof contentAddress>,
  sealed: Buffer,
): string | null {
  try {
    return (unseal(key, address, sealed) as { canonical: string }).canonical;
  } catch {
    return null;
  }
}

/** A POA that nobody can read any more, without the purge that the law knows. */
function unprovable({ declarationId, purgeStartedAt, endedAt }: AuditedStatus, hasKey: boolean): Finding[] {
  const of = `declaration ${declarationId}`;
  if (purgeStartedAt === null)
    return hasKey ? [] : [{ kind: 'key-missing', of, detail: 'its data key is gone, and it was not purged' }];
  const keptUntil = endedAt && retentionEnd(endedAt.getTime(), POA_RETENTION_MONTHS);
  if (keptUntil !== null && purgeStartedAt.getTime() >= keptUntil) return [];
  const when =
    keptUntil === null ? 'it has not ended' : `it is kept until ${new Date(keptUntil).toISOString()}`;
  return [
    { kind: 'purged-early', of, detail: `its purge began at ${purgeStartedAt.toISOString()}; ${when}` },
  ];
}

/** Where declarations stand against the outcomes that brought them there. */
export async function* auditStatuses(
  { pool, keys }: RowsToAudit,
  counts: AuditCounts,
): AsyncGenerator<Finding[]> {
  const outcomes: readonly string[] = REPORTED_OUTCOMES;
  for await (const page of auditedStatuses(pool)) {
    counts.declarations += page.length;
    const found = await keys.getMany(page.map(({ declarationId }) => declarationId));
    yield page.flatMap((row) => unprovable(row, found.has(row.declarationId)));
    yield page.flatMap(({ declarationId, status, digest, versionDigest, outcome }): Finding[] => {
      const of = `declaration ${declarationId}`;
      if (versionDigest === null)
        return [{ kind: 'version-missing', of, detail: 'its version in force was deleted' }];
      if (digest !== versionDigest)
        return [{ kind: 'status-changed', of, detail: 'it has another digest than its version' }];
      if (!outcomes.includes(status) || outcome === status) return [];
      return [{ kind: 'status-changed', of, detail: `it is ${status}, its outcome is ${outcome ?? 'none'}` }];
    });
  }
}
