/**
 * Appends what was settled to the log: one sequencer at a time, each outcome once, in the order of settling.
 *
 * Two databases cannot commit together, so a checkpoint goes through three steps: signed, with its leaves and tiles, in
 * one transaction of the main database; then known to the second copy; then shown to the world. Whatever was shown is known
 * to the second copy, and so cannot be taken back unnoticed. Killed in between, the next turn goes on with the next step.
 */
import type { Pool, PoolClient } from 'pg';
import type { KeyStore } from '../../db/keys.ts';
import { raiseAlarm } from '../../db/log/alarm.ts';
import type { Head, HeadStore } from '../../db/log/heads.ts';
import { dequeue, refuse, takeBatch } from '../../db/log/queue.ts';
import {
  insertCheckpoint,
  type LogState,
  publishCheckpoint,
  readState,
  tryToSequence,
  writeAppend,
} from '../../db/log/tree.ts';
import { transaction } from '../../db/pool.ts';
import { leafHash } from '../verify/merkle.ts';
import { type NoteKey, parseVerifierKey } from '../verify/note.ts';
import { checkHeads, NOTHING } from './heads.ts';
import { LogInconsistent } from './inconsistent.ts';
import type { CheckpointSigner } from './signer.ts';
import { grow, rootOf } from './tree.ts';

export interface SequencerDeps {
  pool: Pool;
  keys: KeyStore;
  heads: HeadStore;
  signer: CheckpointSigner;
  /** Most leaves under one checkpoint. */
  batch?: number;
}

/** What a turn came to; `halted` with `raised` when it was this one that raised the alarm. */
export type Turn =
  | { kind: 'appended'; leaves: number; from: Head; head: Head }
  | { kind: 'nothing-waits' }
  /** Another sequencer is at work. */
  | { kind: 'busy' }
  | { kind: 'halted'; raised: LogInconsistent | null };

/** A batch takes some 100 ms, so that the lock is soon given back and a worker that stops has soon finished. */
const BATCH = 1_000;

export interface Sequencer {
  /** One batch. Safe to call from anywhere at any time. Throws when a database is away: call it again. */
  turn(): Promise<Turn>;
}

export function createSequencer(deps: SequencerDeps): Sequencer {
  const log = parseVerifierKey(deps.signer.verifierKey);
  return {
    async turn() {
      try {
        const done = await transaction(deps.pool, (client) => append(deps, log, client));
        if (done.kind === 'appended') await show(deps, done);
        return done;
      } catch (error) {
        if (!(error instanceof LogInconsistent)) throw error;
        const { kind, detail } = error;
        const first = await raiseAlarm(deps.pool, { kind, detail });
        return { kind: 'halted', raised: first ? error : null };
      }
    },
  };
}

type Appended = Extract<Turn, { kind: 'appended' }>;

/** One batch, having checked what it is appended to: leaves, tiles and a signed checkpoint in one transaction. */
async function append(deps: SequencerDeps, log: NoteKey, client: PoolClient): Promise<Turn> {
  const { keys, heads, signer, batch = BATCH } = deps;
  if (!(await tryToSequence(client))) return { kind: 'busy' };
  const state = await readState(client);
  if (state.halted) return { kind: 'halted', raised: null };
  const copy = await heads.read(signer.origin);
  const edge = await checkHeads(client, log, state, copy);
  if (!(await showEarlier(deps, client, state, copy))) return { kind: 'busy' };
  const { leaves, refused, known } = await takeBatch(client, keys, batch);
  if (refused.length > 0) await refuse(client, refused);
  if (known.length > 0) await dequeue(client, known);
  if (leaves.length === 0) return { kind: 'nothing-waits' };
  const grown = grow(
    edge,
    leaves.map(({ entry }) => leafHash(entry)),
  );
  const head: Head = { size: grown.edge.size, root: rootOf(grown.edge) };
  await writeAppend(client, { from: edge.size, leaves, tiles: grown.tiles, head, note: signer.sign(head) });
  return { kind: 'appended', leaves: leaves.length, from: state.latest ?? NOTHING, head };
}

/** What was signed goes to the second copy, then to the world. Where the copy stands elsewhere, the next turn looks why. */
async function show({ pool, heads, signer }: SequencerDeps, { from, head }: Appended): Promise<void> {
  if (await heads.move(signer.origin, from, head)) await publishCheckpoint(pool, head.size);
}

/** The same for what an earlier turn left when it was killed; begins a log that has not begun. False: somebody else is at it. */
async function showEarlier(
  { heads, signer }: SequencerDeps,
  client: PoolClient,
  { latest }: LogState,
  copy: Head | null,
): Promise<boolean> {
  if (latest?.published) return true;
  if (copy === null) await heads.begin(signer.origin, NOTHING);
  if (latest === null) await insertCheckpoint(client, NOTHING, signer.sign(NOTHING));
  const head = latest ?? NOTHING;
  if (copy && copy.size < head.size && !(await heads.move(signer.origin, copy, head))) return false;
  await publishCheckpoint(client, head.size);
  return true;
}
