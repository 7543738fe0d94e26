/** Where the tree's hashes lie: tiles of 256 hashes (C2SP tlog-tiles), and the paths under which they are served. */

/** Hashes in a full tile: its height is 8. */
export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;
/** Levels that a path may name (C2SP tlog-tiles, Merkle Tree). */
const MAX_LEVEL = 63;

/** A tile: hashes of `TILE_WIDTH` full tiles of the level below it, or of leaves. */
export interface TileId {
  level: number;
  index: number;
}

/** A whole subtree of 2^height leaves, the `index`th of its height from the left. */
export interface Subtree {
  height: number;
  index: number;
}

/** Which tile holds a subtree, and which of its hashes are below it. */
export function tileOf({ height, index }: Subtree): TileId & { offset: number; width: number } {
  const level = Math.floor(height / TILE_HEIGHT);
  const width = 2 ** (height - level * TILE_HEIGHT);
  const first = index * width;
  return { level, index: Math.floor(first / TILE_WIDTH), offset: first % TILE_WIDTH, width };
}

/** Hashes that a level has in a tree of this size. */
export const levelWidth = (size: number, level: number): number => Math.floor(size / TILE_WIDTH ** level);

/** Hashes in a tile of a tree of this size; 0 when the tree does not reach it. */
export const tileWidth = (size: number, { level, index }: TileId): number =>
  Math.min(TILE_WIDTH, Math.max(0, levelWidth(size, level) - index * TILE_WIDTH));

/** The tiles that a tree of this size has begun and not filled, lowest first. */
export function partialTiles(size: number): TileId[] {
  const tiles: TileId[] = [];
  for (let level = 0; levelWidth(size, level) > 0; level++) {
    const width = levelWidth(size, level);
    if (width % TILE_WIDTH > 0) tiles.push({ level, index: Math.floor(width / TILE_WIDTH) });
  }
  return tiles;
}

/** What a path asks for: a tile of hashes or a bundle of entries, whole or its first `width`. */
export interface TileRequest extends TileId {
  kind: 'hashes' | 'entries';
  /** `TILE_WIDTH` for a full one. */
  width: number;
}

/** Reads what follows `/tile/` in a path; null when it names no tile. */
export function parseTilePath(path: string): TileRequest | null {
  const match =
    /^(?<level>entries|0|[1-9]\d?)\/(?<index>(x\d{3}\/)*\d{3})(\.p\/(?<width>[1-9]\d{0,2}))?$/.exec(path);
  if (!match?.groups) return null;
  const { level = '', index = '', width } = match.groups;
  const kind = level === 'entries' ? 'entries' : 'hashes';
  const request = {
    kind,
    level: kind === 'entries' ? 0 : Number(level),
    index: Number(index.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  } as const;
  const inRange =
    request.level <= MAX_LEVEL &&
    Number.isSafeInteger(request.index) &&
    (width === undefined || request.width < TILE_WIDTH);
  return inRange && tilePath(request) === path ? request : null;
}

/** What follows `/tile/`: the index in groups of three digits, all but the last begin with an x. */
export function tilePath({ kind, level, index, width }: TileRequest): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/\d{3}/g) ?? [];
  const named = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  const part = width === TILE_WIDTH ? '' : `.p/${width}`;
  return `${kind === 'entries' ? 'entries' : level}/${named}${part}`;
}

/** Entries of one tile as they are served: each after its length, a big-endian uint16 (C2SP tlog-tiles, Log entries). */
export const entryBundle = (entries: readonly Uint8Array[]): Buffer =>
  Buffer.concat(entries.flatMap((entry) => [Buffer.of(entry.length >> 8, entry.length & 0xff), entry]));
