import { cosignedCheckpoint, publishedCheckpoint } from '../../db/log/published.ts';
import { readTiles } from '../../db/log/tree.ts';
import type { Queryable } from '../../db/pool.ts';
import { formatLogProof } from '../verify/log-proof.ts';
import { proveInclusion } from './proofs.ts';

/**
 * Proof of a leaf (C2SP tlog-proof), under a checkpoint that witnesses signed where one covers it, else under the last one
 * shown. Null: none shown covers it yet. Throws `MissingTile` when the log is not what its size says.
 */
export async function proofOf(db: Queryable, leafIndex: number): Promise<string | null> {
  const [cosigned, published] = [await cosignedCheckpoint(db), await publishedCheckpoint(db)];
  const covering = [cosigned, published].find((checkpoint) => checkpoint && checkpoint.size > leafIndex);
  if (!covering) return null;
  const { size, note } = covering;
  const proof = await proveInclusion((ids) => readTiles(db, ids), leafIndex, size);
  return formatLogProof({ leafIndex, proof, checkpoint: note });
}
