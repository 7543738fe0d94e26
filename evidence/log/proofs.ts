/** Proofs from tiles: each needs some log(n) hashes, found in a few tiles that are read at once. */
import { EMPTY_ROOT, HASH_BYTES, nodeHash } from '../verify/merkle.ts';
import { type Subtree, type TileId, tileOf } from './layout.ts';
import { consistencyRanges, inclusionRanges, type Range, subtreesOf } from './ranges.ts';
import { hashesOf, subtreeRoot, type Tile } from './tree.ts';

/** Looks up tiles; those that are not there are left out of the answer. */
export type ReadTiles = (ids: readonly TileId[]) => Promise<readonly Tile[]>;

/** A tile that a proof needs is not there, or too short: the log is not what its size says. */
export class MissingTile extends Error {
  override readonly name = 'MissingTile';
}

/** Proves that a leaf is in the tree of this size. `leafIndex` < `size` ≤ what the tiles hold. Throws `MissingTile`. */
export const proveInclusion = (read: ReadTiles, leafIndex: number, size: number): Promise<Buffer[]> =>
  hashRanges(read, inclusionRanges(leafIndex, size));

/** Proves that the tree of `from` leaves begins the one of `to`. `from` ≤ `to` ≤ what the tiles hold. Throws `MissingTile`. */
export const proveConsistency = (read: ReadTiles, from: number, to: number): Promise<Buffer[]> =>
  hashRanges(read, consistencyRanges(from, to));

/** Root of the tree as it was at this size. Throws `MissingTile`. */
export async function rootAt(read: ReadTiles, size: number): Promise<Buffer> {
  const [root] = size === 0 ? [EMPTY_ROOT] : await hashRanges(read, [{ start: 0, end: size }]);
  return root ?? EMPTY_ROOT;
}

async function hashRanges(read: ReadTiles, ranges: readonly Range[]): Promise<Buffer[]> {
  const parts = ranges.map(subtreesOf);
  const needed = new Map(parts.flat().map((subtree) => [keyOf(tileOf(subtree)), tileOf(subtree)]));
  const ids = [...needed.values()].map(({ level, index }) => ({ level, index }));
  const tiles = new Map((await read(ids)).map((tile) => [keyOf(tile), tile.hashes]));
  return parts.map((subtrees) =>
    subtrees.map((subtree) => hashOf(subtree, tiles)).reduceRight((right, left) => nodeHash(left, right)),
  );
}

function hashOf(subtree: Subtree, tiles: ReadonlyMap<string, Buffer>): Buffer {
  const { offset, width, ...id } = tileOf(subtree);
  const bytes = tiles.get(keyOf(id))?.subarray(offset * HASH_BYTES, (offset + width) * HASH_BYTES);
  if (bytes?.length !== width * HASH_BYTES)
    throw new MissingTile(`tile ${keyOf(id)} lacks hash ${offset + width - 1}`);
  return subtreeRoot(hashesOf(bytes));
}

const keyOf = ({ level, index }: TileId): string => `${level}/${index}`;
