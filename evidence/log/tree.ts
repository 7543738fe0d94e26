/** The tree as it grows: only its right edge is needed to append to it. Pure. */
import { EMPTY_ROOT, HASH_BYTES, nodeHash } from '../verify/merkle.ts';
import { levelWidth, partialTiles, TILE_WIDTH, type TileId, tileWidth } from './layout.ts';
import { subtreesOf } from './ranges.ts';

/** A tile with its hashes one after the other, as it is kept and served. */
export interface Tile extends TileId {
  hashes: Buffer;
}

/** The hashes of the tiles that are not full, by level: some `log256(size)` times at most 255. */
export interface Edge {
  readonly size: number;
  readonly levels: readonly (readonly Buffer[])[];
}

export const EMPTY_EDGE: Edge = { size: 0, levels: [] };

/** Hashes of a tile one by one. */
export const hashesOf = (tile: Buffer): Buffer[] =>
  Array.from({ length: Math.floor(tile.length / HASH_BYTES) }, (_, i) =>
    tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );

/** The edge of a tree of this size from its partial tiles; null when one of them is not as wide as the size says. */
export function edgeOf(size: number, tiles: readonly Tile[]): Edge | null {
  const levels: Buffer[][] = [];
  for (let level = 0; levelWidth(size, level) > 0; level++) levels.push([]);
  for (const id of partialTiles(size)) {
    const tile = tiles.find(({ level, index }) => level === id.level && index === id.index);
    const hashes = hashesOf(tile?.hashes ?? Buffer.alloc(0));
    if (hashes.length !== tileWidth(size, id)) return null;
    levels[id.level] = hashes;
  }
  return { size, levels };
}

/** Root of the tree that ends with this edge. */
export function rootOf({ levels }: Edge): Buffer {
  let root: Buffer | null = null;
  for (const hashes of levels) {
    for (const subtree of wholeSubtrees(hashes).reverse()) root = root ? nodeHash(subtree, root) : subtree;
  }
  return root ?? EMPTY_ROOT;
}

const wholeSubtrees = (hashes: readonly Buffer[]): Buffer[] =>
  subtreesOf({ start: 0, end: hashes.length }).map(({ height, index }) =>
    subtreeRoot(hashes.slice(index * 2 ** height, (index + 1) * 2 ** height)),
  );

/** Root of a whole subtree from the hashes of its lowest row, a power of two many. */
export function subtreeRoot(hashes: readonly Buffer[]): Buffer {
  let row = hashes;
  while (row.length > 1) {
    const above: Buffer[] = [];
    for (let i = 0; i + 1 < row.length; i += 2)
      above.push(nodeHash(row[i] ?? EMPTY_ROOT, row[i + 1] ?? EMPTY_ROOT));
    row = above;
  }
  return row[0] ?? EMPTY_ROOT;
}

/** Appends leaves (their hashes). Returns the new edge and every tile that is new or wider than before. */
export function grow(edge: Edge, leaves: readonly Buffer[]): { edge: Edge; tiles: Tile[] } {
  const levels = edge.levels.map((hashes) => [...hashes]);
  const tiles: Tile[] = [];
  const touched = new Set<number>();
  let size = edge.size;

  const push = (level: number, hash: Buffer): void => {
    levels[level] ??= [];
    const hashes = levels[level];
    hashes.push(hash);
    touched.add(level);
    if (hashes.length < TILE_WIDTH) return;
    tiles.push({ level, index: levelWidth(size, level + 1) - 1, hashes: Buffer.concat(hashes) });
    levels[level] = [];
    push(level + 1, subtreeRoot(hashes));
  };
  for (const leaf of leaves) {
    size++;
    push(0, leaf);
  }
  for (const { level, index } of partialTiles(size)) {
    if (touched.has(level)) tiles.push({ level, index, hashes: Buffer.concat(levels[level] ?? []) });
  }
  return { edge: { size, levels }, tiles };
}
