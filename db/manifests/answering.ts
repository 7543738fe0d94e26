/** Answers of a manifest's lines, and how many there are of each. */
import type { Refusal } from '../../domain/error-code.ts';
import type { Queryable } from '../pool.ts';
import { seal } from '../seal.ts';
import { lineAddress } from './receiving.ts';

/** Those that wait: each with its answer, sealed; what it held is forgotten. */
export async function rejectLines(
  db: Queryable,
  manifestId: string,
  key: Buffer,
  rejected: readonly { line: number; problem: Refusal }[],
): Promise<void> {
  if (rejected.length === 0) return;
  const { rowCount } = await db.query({
    name: 'manifest-reject',
    text: `UPDATE manifest_lines l SET status = 'rejected', sealed = r.sealed, phone_index = NULL
           FROM unnest($2::int[], $3::bytea[]) AS r(line, sealed)
           WHERE l.manifest_id = $1 AND l.line = r.line AND l.status = 'waiting'`,
    values: [
      manifestId,
      rejected.map(({ line }) => line),
      rejected.map(({ line, problem }) => seal(key, lineAddress(manifestId, line), problem)),
    ],
  });
  await answerLines(db, manifestId, { rejected: rowCount ?? 0 });
}

/**
 * Counts lines that were answered, in the transaction that answers them. The last statement of it, so that whoever else counts at
 * this manifest waits for a commit alone.
 */
export async function answerLines(
  db: Queryable,
  manifestId: string,
  { accepted = 0, rejected = 0 }: { accepted?: number; rejected?: number },
): Promise<void> {
  if (accepted + rejected === 0) return;
  await db.query({
    name: 'manifest-answered',
    text: `UPDATE manifests SET lines_accepted = lines_accepted + $2, lines_rejected = lines_rejected + $3
           WHERE manifest_id = $1`,
    values: [manifestId, accepted, rejected],
  });
}

/** Counts a line as rejected whose amendment its process refused. */
export async function countRefused(db: Queryable, proposalId: string): Promise<void> {
  await db.query({
    name: 'manifest-refused',
    text: `UPDATE manifests m SET lines_accepted = lines_accepted - 1, lines_rejected = lines_rejected + 1
           FROM manifest_lines l WHERE l.proposal_id = $1 AND m.manifest_id = l.manifest_id`,
    values: [proposalId],
  });
}

/** A line that passed every check, and that the database cannot keep. */
export interface Unfit {
  line: number;
  sqlState: string;
}

/** Its answer. */
export const unfitOf = (sqlState: string): Refusal => ({
  code: 'validation-failed',
  detail: `A value of this line cannot be kept (SQLSTATE ${sqlState}). Correct it and send the line again.`,
});
