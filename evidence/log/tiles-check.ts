/** The whole tree, recomputed from its leaves up, a few tiles at a time: memory and pauses stay small whatever its size. */
import { readEntries, readTiles } from '../../db/log/tree.ts';
import type { Queryable } from '../../db/pool.ts';
import { HASH_BYTES, leafHash } from '../verify/merkle.ts';
import { levelWidth, TILE_WIDTH, type TileId, tileWidth } from './layout.ts';
import { hashesOf, subtreeRoot } from './tree.ts';

/** Something in the tree that is not what its checkpoint was signed over. */
export interface TreeFinding {
  kind: 'leaf-missing' | 'leaf-changed' | 'tile-changed';
  tile: TileId;
  /** For a leaf. */
  leafIndex?: number;
}

/** Tiles looked at in one go: some 10 ms of work. */
const AT_ONCE = 8;

/**
 * Yields what is wrong, an empty list for every few tiles that are right, so that the caller can pace itself. Together with
 * the root of the right edge (`checkHeads`) nothing in a tree of this size is left unchecked.
 */
export async function* checkTiles(db: Queryable, size: number): AsyncGenerator<TreeFinding[]> {
  for (let level = 0; levelWidth(size, level) > 0; level++) {
    const count = Math.ceil(levelWidth(size, level) / TILE_WIDTH);
    for (let first = 0; first < count; first += AT_ONCE) {
      const ids = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, i) => ({
        level,
        index: first + i,
      }));
      yield await checkSome(db, size, ids);
    }
  }
}

async function checkSome(db: Queryable, size: number, ids: readonly TileId[]): Promise<TreeFinding[]> {
  const parents = new Map(ids.map(parentOf).map((id) => [id.index, id]));
  const tiles = await readTiles(db, [...ids, ...parents.values()]);
  const hashesIn = (id: TileId) => {
    const tile = tiles.find(({ level, index }) => level === id.level && index === id.index);
    return hashesOf((tile?.hashes ?? Buffer.alloc(0)).subarray(0, tileWidth(size, id) * HASH_BYTES));
  };
  const wrong = ids.flatMap((tile): TreeFinding[] => {
    const hashes = hashesIn(tile);
    if (hashes.length !== tileWidth(size, tile)) return [{ kind: 'tile-changed', tile }];
    // The root of one that is not full is part of the tree's root, not of a tile.
    if (hashes.length < TILE_WIDTH) return [];
    const known = hashesIn(parentOf(tile))[tile.index % TILE_WIDTH];
    return known?.equals(subtreeRoot(hashes)) ? [] : [{ kind: 'tile-changed', tile }];
  });
  const [first] = ids;
  if (first?.level !== 0) return wrong;
  return [...wrong, ...(await checkLeaves(db, size, ids, hashesIn))];
}

const parentOf = ({ level, index }: TileId): TileId => ({
  level: level + 1,
  index: Math.floor(index / TILE_WIDTH),
});

async function checkLeaves(
  db: Queryable,
  size: number,
  ids: readonly TileId[],
  hashesIn: (id: TileId) => Buffer[],
): Promise<TreeFinding[]> {
  const start = (ids[0]?.index ?? 0) * TILE_WIDTH;
  const end = Math.min(size, start + ids.length * TILE_WIDTH);
  const entries = new Map(
    (await readEntries(db, start, end)).map(({ leafIndex, entry }) => [leafIndex, entry]),
  );
  return ids.flatMap((tile) =>
    hashesIn(tile).flatMap((hash, offset): TreeFinding[] => {
      const leafIndex = tile.index * TILE_WIDTH + offset;
      const entry = entries.get(leafIndex);
      if (!entry) return [{ kind: 'leaf-missing', tile, leafIndex }];
      return leafHash(entry).equals(hash) ? [] : [{ kind: 'leaf-changed', tile, leafIndex }];
    }),
  );
}

/** One finding in words. */
export const tellFinding = ({ kind, tile, leafIndex }: TreeFinding): string =>
  leafIndex === undefined
    ? `tile ${tile.level}/${tile.index} is not what was signed`
    : `leaf ${leafIndex} ${kind === 'leaf-missing' ? 'is gone' : 'was changed'}`;
