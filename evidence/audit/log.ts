import { contradictions } from '../../db/log/alarm.ts';
import type { HeadStore } from '../../db/log/heads.ts';
import { readState } from '../../db/log/tree.ts';
import type { Queryable } from '../../db/pool.ts';
import { checkAgainst, checkHeads } from '../log/heads.ts';
import { LogInconsistent } from '../log/inconsistent.ts';
import { checkTiles, tellFinding } from '../log/tiles-check.ts';
import type { NoteKey } from '../verify/note.ts';
import type { Finding } from './finding.ts';

export interface LogToAudit {
  pool: Queryable;
  heads: HeadStore;
  /** What the log's checkpoints are verified with; its name is the log's origin. */
  log: NoteKey;
}

/** The log by itself: signature, both copies of its head, and the tree recomputed from its leaves. */
export async function* auditLog({ pool, heads, log }: LogToAudit): AsyncGenerator<Finding[]> {
  // The copy first: it follows the main database, and may be behind it, not before it.
  const copy = await heads.read(log.name);
  const state = await readState(pool);
  const { latest } = state;
  const held = await contradictions(pool);
  const checks = [
    () => checkHeads(pool, log, state, copy),
    ...held.map((note) => () => checkAgainst(pool, log, latest, note)),
  ];
  for (const check of checks) {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof LogInconsistent)) throw error;
      yield [{ kind: error.kind, of: `log ${log.name}`, detail: error.detail }];
    }
  }
  for await (const findings of checkTiles(pool, latest?.size ?? 0)) {
    yield findings.map((finding) => ({
      kind: finding.kind,
      of:
        finding.leafIndex === undefined
          ? `tile ${finding.tile.level}/${finding.tile.index}`
          : `leaf ${finding.leafIndex}`,
      detail: tellFinding(finding),
    }));
  }
}
