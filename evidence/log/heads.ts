/** The last signed head against the tiles, and against the second copy that is kept apart. */
import type { Head } from '../../db/log/heads.ts';
import { type CheckpointRow, type LogState, readTiles } from '../../db/log/tree.ts';
import type { Queryable } from '../../db/pool.ts';
import { openCheckpoint } from '../verify/checkpoint.ts';
import { EMPTY_ROOT } from '../verify/merkle.ts';
import { type NoteKey, Unverified } from '../verify/note.ts';
import { LogInconsistent } from './inconsistent.ts';
import { partialTiles } from './layout.ts';
import { MissingTile, rootAt } from './proofs.ts';
import { type Edge, edgeOf, rootOf } from './tree.ts';

/** The log before its first leaf. */
export const NOTHING: Head = { size: 0, root: EMPTY_ROOT };

/**
 * Checks that the signed head is what the tiles say, and that it goes on from what the second copy knows. Cost: a few
 * tiles. Returns the edge that may be appended to. Throws `LogInconsistent`. Leaves are compared with the lowest tiles
 * elsewhere (`tiles-check.ts`).
 */
export async function checkHeads(
  db: Queryable,
  log: NoteKey,
  { latest, lastLeaf }: LogState,
  copy: Head | null,
): Promise<Edge> {
  const { size, root } = latest ?? NOTHING;
  if (latest) checkSigned(latest, log);
  if (copy === null && latest !== null)
    throw new LogInconsistent('second-copy-missing', `the key store's database knows no log of ${log.name}`);
  if (copy && size < copy.size)
    throw new LogInconsistent('rolled-back', `the database ends at ${size} leaves, ${copy.size} were signed`);
  const edge = edgeOf(size, await readTiles(db, partialTiles(size)));
  if (!edge || !rootOf(edge).equals(root))
    throw new LogInconsistent('edited', `the tiles of ${size} leaves have another root than was signed`);
  if (copy && !copy.root.equals(copy.size === size ? root : await rootInTiles(db, copy.size)))
    throw new LogInconsistent(
      'forked',
      `at ${copy.size} leaves another root was signed than the database has`,
    );
  if (lastLeaf >= size)
    throw new LogInconsistent('edited', `there are leaves beyond the ${size} that were signed`);
  return edge;
}

/** Checks that the tree begins with the one of a checkpoint that somebody else kept. Throws `LogInconsistent`. */
export async function checkAgainst(
  db: Queryable,
  log: NoteKey,
  latest: CheckpointRow | null,
  note: string,
): Promise<void> {
  const held = openCheckpoint(note, log);
  const { size } = latest ?? NOTHING;
  if (held.size > size)
    throw new LogInconsistent(
      'rolled-back',
      `the database ends at ${size} leaves, a witness holds a checkpoint of ${held.size}`,
    );
  if (!held.root.equals(await rootInTiles(db, held.size)))
    throw new LogInconsistent(
      'forked',
      `a witness holds a checkpoint of ${held.size} leaves with another root`,
    );
}

function checkSigned({ size, root, note }: CheckpointRow, log: NoteKey): void {
  try {
    const signed = openCheckpoint(note, log);
    if (signed.size === size && signed.root.equals(root)) return;
  } catch (error) {
    if (!(error instanceof Unverified)) throw error;
    if (error.code === 'unsigned' || error.code === 'wrong-origin')
      throw new LogInconsistent(
        'other-key',
        `the checkpoint of ${size} leaves is not by ${log.name}+${log.id}`,
      );
  }
  throw new LogInconsistent('edited', `the checkpoint of ${size} leaves is not what was signed`);
}

async function rootInTiles(db: Queryable, size: number): Promise<Buffer> {
  try {
    return await rootAt((ids) => readTiles(db, ids), size);
  } catch (error) {
    if (error instanceof MissingTile) throw new LogInconsistent('edited', error.message);
    throw error;
  }
}
