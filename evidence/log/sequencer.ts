/**
 * Appends what was settled to the log: one sequencer at a time, each outcome once, in the order of settling.
 *
 * Two databases cannot commit together, so a checkpoint goes through three steps: signed, with its leaves and tiles, in
 * one transaction of the main database; then known to the second copy; then shown to the world. Whatever was shown is known
 * to the second copy, and so cannot be taken back unnoticed. Killed in between, the next turn goes on with the next step.
 */
import type { Pool, PoolClient } from 'pg';
import type { KeyStore } from '../../db/keys.ts';
import { openAlarm, raiseAlarm } from '../../db/log/alarm.ts';
import type { Head, HeadStore } from '../../db/log/heads.ts';
import { dequeue, refuse, takeBatch } from '../../db/log/queue.ts';
import {
  insertCheckpoint,
  latestCheckpoint,
  publishCheckpoint,
  readTiles,
  tryToSequence,
  writeAppend,
} from '../../db/log/tree.ts';
import { transaction } from '../../db/pool.ts';
import { leafHash } from '../verify/merkle.ts';
import { parseVerifierKey } from '../verify/note.ts';
import { checkHeads, NOTHING } from './heads.ts';
import { LogInconsistent } from './inconsistent.ts';
import { partialTiles } from './layout.ts';
import type { CheckpointSigner } from './signer.ts';
import { type Edge, edgeOf, grow, rootOf } from './tree.ts';

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
  | { kind: 'appended'; leaves: number; size: number }
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
  return {
    async turn() {
      try {
        const confirmed = await confirm(deps);
        if (confirmed) return confirmed;
        const appended = await append(deps);
        return appended.kind === 'appended' ? ((await confirm(deps)) ?? appended) : appended;
      } catch (error) {
        if (!(error instanceof LogInconsistent)) throw error;
        const { kind, detail } = error;
        const first = await raiseAlarm(deps.pool, { kind, detail });
        return { kind: 'halted', raised: first ? error : null };
      }
    },
  };
}

const BUSY: Turn = { kind: 'busy' };
const HALTED: Turn = { kind: 'halted', raised: null };

/** Null when this sequencer may go on, in the transaction of `client`. */
async function mayNot(client: PoolClient): Promise<Turn | null> {
  if (!(await tryToSequence(client))) return BUSY;
  return (await openAlarm(client)) ? HALTED : null;
}

/** Brings the last signed checkpoint to the second copy and shows it, having checked both. Null: all is well. */
async function confirm({ pool, heads, signer }: SequencerDeps): Promise<Turn | null> {
  return transaction(pool, async (client) => {
    const not = await mayNot(client);
    if (not) return not;
    const [latest, copy] = await Promise.all([latestCheckpoint(client), heads.read(signer.origin)]);
    await checkHeads(client, parseVerifierKey(signer.verifierKey), latest, copy);
    if (copy === null) await heads.begin(signer.origin, NOTHING);
    if (latest === null) await insertCheckpoint(client, NOTHING, signer.sign(NOTHING));
    const head: Head = latest ?? NOTHING;
    const moves = copy !== null && copy.size < head.size;
    // Somebody else moved it meanwhile: their turn.
    if (moves && !(await heads.move(signer.origin, copy, head))) return BUSY;
    if (!latest?.published) await publishCheckpoint(client, head.size);
    return null;
  });
}

/** One batch: leaves, tiles and a signed checkpoint in one transaction. */
async function append({ pool, keys, signer, batch = BATCH }: SequencerDeps): Promise<Turn> {
  return transaction(pool, async (client) => {
    const not = await mayNot(client);
    if (not) return not;
    const { leaves, refused, known } = await takeBatch(client, keys, batch);
    if (refused.length > 0) await refuse(client, refused);
    if (known.length > 0) await dequeue(client, known);
    if (leaves.length === 0) return { kind: 'nothing-waits' };
    const edge = await readEdge(client);
    const grown = grow(
      edge,
      leaves.map(({ entry }) => leafHash(entry)),
    );
    const head: Head = { size: grown.edge.size, root: rootOf(grown.edge) };
    await writeAppend(client, { from: edge.size, leaves, tiles: grown.tiles });
    await insertCheckpoint(client, head, signer.sign(head));
    await dequeue(
      client,
      leaves.map(({ outcomeId }) => outcomeId),
    );
    return { kind: 'appended', leaves: leaves.length, size: head.size };
  });
}

/** What the tree ends with. Throws `LogInconsistent`: nothing may be signed that goes on from anything but what was signed. */
async function readEdge(client: PoolClient): Promise<Edge> {
  const { size, root } = (await latestCheckpoint(client)) ?? NOTHING;
  const edge = edgeOf(size, await readTiles(client, partialTiles(size)));
  if (edge && rootOf(edge).equals(root)) return edge;
  throw new LogInconsistent('edited', `the tiles of ${size} leaves have another root than was signed`);
}
