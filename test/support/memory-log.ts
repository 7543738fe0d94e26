/** Trees held in memory, for tests of what is pure: their entries are numbered, as in the vectors made by Go. */
import { createHash } from 'node:crypto';
import type { TileId } from '../../evidence/log/layout.ts';
import type { ReadTiles } from '../../evidence/log/proofs.ts';
import { type Edge, EMPTY_EDGE, grow, type Tile } from '../../evidence/log/tree.ts';
import { leafHash } from '../../evidence/verify/merkle.ts';

/** The entry at an index: `0x01 ‖ SHA-256(index as uint64)`. */
export function entryAt(index: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(index));
  return Buffer.concat([Buffer.of(1), createHash('sha256').update(bytes).digest()]);
}

const leaves: Buffer[] = [];

export function leafAt(index: number): Buffer {
  leaves[index] ??= leafHash(entryAt(index));
  return leaves[index];
}

export interface MemoryTree {
  edge: Edge;
  tiles: ReadonlyMap<string, Tile>;
  read: ReadTiles;
}

/** A tree grown to `size` in batches of the given sizes, over and over. */
export function growTo(size: number, batches: readonly number[] = [size]): MemoryTree {
  const tiles = new Map<string, Tile>();
  let edge: Edge = EMPTY_EDGE;
  for (let i = 0; edge.size < size; i++) {
    const count = Math.min(batches[i % batches.length] ?? 1, size - edge.size);
    const from = edge.size;
    const added = Array.from({ length: count }, (_, n) => leafAt(from + n));
    const grown = grow(edge, added);
    edge = grown.edge;
    for (const tile of grown.tiles) tiles.set(keyOf(tile), tile);
  }
  const read: ReadTiles = async (ids) =>
    ids.flatMap((id) => {
      const tile = tiles.get(keyOf(id));
      return tile ? [tile] : [];
    });
  return { edge, tiles, read };
}

const keyOf = ({ level, index }: TileId): string => `${level}/${index}`;
