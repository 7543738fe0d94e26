/** Keeps the transparency log while the worker runs: appends what was settled, and checks what is there. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { raiseAlarm } from '../db/log/alarm.ts';
import { isQueued } from '../db/log/queue.ts';
import { latestCheckpoint, pruneCheckpoints } from '../db/log/tree.ts';
import type { LogInconsistent } from '../evidence/log/inconsistent.ts';
import type { Sequencer } from '../evidence/log/sequencer.ts';
import { checkTiles, tellFinding } from '../evidence/log/tiles-check.ts';

export interface LogKeeping {
  pool: Pool;
  sequencer: Sequencer;
  log: Logger;
  /** How often the queue is looked at, ms. */
  everyMs: number;
}

/** The last signed head is checked so often even when nothing is settled, ms. */
const CHECK_HEADS_MS = 30_000;
/** From the end of one pass over the whole tree to the next, ms. */
const CHECK_TREE_MS = 6 * 3_600_000;
/** A pass works this share of the time at most: the same process runs workflows. */
const CHECK_SHARE = 0.1;

/** Begins at once, with a check of what is there; `stop` resolves when the batch under way is done. */
export function keepLog(keeping: LogKeeping): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = [repeat(keeping, sequence, signal), repeat(keeping, checkTree, signal)];
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

type Work = (keeping: LogKeeping, signal: AbortSignal) => Promise<void>;

/** A database that is away is no alarm: it is tried again. */
async function repeat(keeping: LogKeeping, work: Work, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await work(keeping, signal);
    } catch (error) {
      const { name, code } = error as { name?: string; code?: string };
      keeping.log.warn({ error: name, code }, 'the transparency log could not be kept; it is tried again');
      await rest(CHECK_HEADS_MS / 10, signal);
    }
  }
}

async function sequence({ pool, sequencer, log, everyMs }: LogKeeping, signal: AbortSignal): Promise<void> {
  for (let checkedAt = Number.NEGATIVE_INFINITY; !signal.aborted; ) {
    const due: boolean = performance.now() - checkedAt > CHECK_HEADS_MS;
    if (due || (await isQueued(pool))) {
      const turn = await sequencer.turn();
      checkedAt = performance.now();
      if (turn.kind === 'halted' && turn.raised) tell(log, turn.raised);
      if (due && turn.kind !== 'halted') await pruneCheckpoints(pool);
      // More may wait than one batch took.
      if (turn.kind === 'appended') continue;
    }
    await rest(everyMs, signal);
  }
}

async function checkTree({ pool, log }: LogKeeping, signal: AbortSignal): Promise<void> {
  const latest = await latestCheckpoint(pool);
  let began = performance.now();
  for await (const findings of checkTiles(pool, latest?.size ?? 0)) {
    const [first] = findings;
    if (first) {
      const alarm = { kind: 'edited', detail: tellFinding(first) } as const;
      if (await raiseAlarm(pool, alarm)) tell(log, alarm);
      break;
    }
    await rest((performance.now() - began) * (1 / CHECK_SHARE - 1), signal);
    if (signal.aborted) return;
    began = performance.now();
  }
  await rest(CHECK_TREE_MS, signal);
}

/** The one alarm, whatever the log's level. */
const tell = (log: Logger, { kind, detail }: Pick<LogInconsistent, 'kind' | 'detail'>): void =>
  log
    .child({}, { level: 'error' })
    .error(
      { kind, detail },
      'ALARM: the transparency log does not hold together; nothing is appended until npm run admin -- evidence log-resume',
    );

const rest = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false }).catch(() => {});
