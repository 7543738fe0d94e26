/** The tree against its definition (RFC 9162 §2.1), written down once more as the recursion that it is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partialTiles, tileWidth } from '../../../evidence/log/layout.ts';
import { MissingTile, proveConsistency, proveInclusion, rootAt } from '../../../evidence/log/proofs.ts';
import { edgeOf, rootOf } from '../../../evidence/log/tree.ts';
import { EMPTY_ROOT, nodeHash, verifyConsistency, verifyInclusion } from '../../../evidence/verify/merkle.ts';
import { growTo, leafAt } from '../../support/memory-log.ts';

const known = new Map<string, Buffer>();

/** MTH(D[start:end]) of RFC 9162 §2.1.1. */
function definition(start: number, end: number): Buffer {
  if (start === end) return EMPTY_ROOT;
  if (end - start === 1) return leafAt(start);
  let k = 1;
  while (k * 2 < end - start) k *= 2;
  const key = `${start}-${end}`;
  const hash = known.get(key) ?? nodeHash(definition(start, start + k), definition(start + k, end));
  known.set(key, hash);
  return hash;
}

const MOST = 1100;
const whole = growTo(MOST);
const size = fc.integer({ min: 1, max: MOST });
const flip = (bytes: Buffer, at: number, bit: number) => {
  const other = Buffer.from(bytes);
  other[at] = (other[at] ?? 0) ^ (1 << bit);
  return other;
};

describe('the tree', () => {
  it('has the root that its definition gives, however it grew', () => {
    fc.assert(
      fc.property(size, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (n, batches) => {
        expect(rootOf(growTo(n, batches).edge)).toEqual(definition(0, n));
      }),
      { numRuns: 40 },
    );
    expect(rootOf(growTo(0).edge)).toEqual(EMPTY_ROOT);
  });

  it('goes on from its partial tiles alone, and keeps each tile as wide as its size says', () => {
    fc.assert(
      fc.property(size, (n) => {
        const { edge, tiles } = growTo(n, [97, 256, 3]);
        const kept = partialTiles(n).flatMap(({ level, index }) => tiles.get(`${level}/${index}`) ?? []);
        expect(edgeOf(n, kept)).toEqual(edge);
        for (const tile of tiles.values()) expect(tile.hashes.length).toBe(32 * tileWidth(n, tile));
      }),
      { numRuns: 40 },
    );
  });

  it('does not go on from a tile that is shorter than its size says', () => {
    const { tiles } = growTo(300);
    const kept = [...tiles.values()].map((tile) => ({ ...tile, hashes: tile.hashes.subarray(32) }));
    expect(edgeOf(300, kept)).toBe(null);
  });

  it('knows every root that it had', async () => {
    for (const n of [0, 1, 2, 255, 256, 257, 1023, MOST])
      expect(await rootAt(whole.read, n)).toEqual(definition(0, n));
  });

  it('says so when a tile is missing', async () => {
    await expect(rootAt(whole.read, MOST + 1)).rejects.toThrow(MissingTile);
  });
});

describe('a proof of inclusion', () => {
  const place = size.chain((n) => fc.tuple(fc.nat(n - 1), fc.constant(n)));

  it('verifies for every leaf of every size', async () => {
    await fc.assert(
      fc.asyncProperty(place, async ([leafIndex, treeSize]) => {
        const proof = await proveInclusion(whole.read, leafIndex, treeSize);
        const claim = { leafIndex, treeSize, leaf: leafAt(leafIndex), root: definition(0, treeSize), proof };
        expect(verifyInclusion(claim)).toBe(true);
        expect(verifyInclusion({ ...claim, leafIndex: leafIndex + 1 })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: [...proof, EMPTY_ROOT] })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: proof.slice(1) })).toBe(treeSize === 1);
        expect(verifyInclusion({ ...claim, leaf: leafAt(MOST) })).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('fails with any bit of it flipped', async () => {
    await fc.assert(
      fc.asyncProperty(
        place,
        fc.nat(),
        fc.nat(31),
        fc.nat(7),
        async ([leafIndex, treeSize], which, at, bit) => {
          const proof = await proveInclusion(whole.read, leafIndex, treeSize);
          const root = definition(0, treeSize);
          const claim = { leafIndex, treeSize, leaf: leafAt(leafIndex), root, proof };
          expect(verifyInclusion({ ...claim, root: flip(root, at, bit) })).toBe(false);
          expect(verifyInclusion({ ...claim, leaf: flip(claim.leaf, at, bit) })).toBe(false);
          fc.pre(proof.length > 0);
          const bad = proof.map((hash, i) => (i === which % proof.length ? flip(hash, at, bit) : hash));
          expect(verifyInclusion({ ...claim, proof: bad })).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    [-1, 1],
    [1, 1],
    [0, 0],
    [0.5, 1],
    [0, 2 ** 53],
  ])('is none for leaf %d of %d', (leafIndex, treeSize) => {
    const leaf = leafAt(0);
    expect(verifyInclusion({ leafIndex, treeSize, leaf, root: leaf, proof: [] })).toBe(false);
  });

  it('is as long as the tree is high, also past 32 bits', () => {
    const proof = Array.from({ length: 40 }, (_, i) => leafAt(i));
    const root = proof.reduce((hash, sibling) => nodeHash(hash, sibling), leafAt(99));
    expect(verifyInclusion({ leafIndex: 0, treeSize: 2 ** 40, leaf: leafAt(99), root, proof })).toBe(true);
    expect(verifyInclusion({ leafIndex: 2 ** 33, treeSize: 2 ** 40, leaf: leafAt(99), root, proof })).toBe(
      false,
    );
  });
});

describe('a proof of consistency', () => {
  const pair = fc.tuple(fc.nat(MOST), size).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

  it('verifies from every size to every later one', async () => {
    await fc.assert(
      fc.asyncProperty(pair, async ([from, to]) => {
        const proof = await proveConsistency(whole.read, from, to);
        const claim = { from, to, fromRoot: definition(0, from), toRoot: definition(0, to), proof };
        expect(verifyConsistency(claim)).toBe(true);
        expect(verifyConsistency({ ...claim, proof: [...proof, EMPTY_ROOT] })).toBe(false);
        expect(verifyConsistency({ ...claim, from: to, to: from })).toBe(from === to);
        // Another beginning: a tree that was rewritten.
        expect(verifyConsistency({ ...claim, fromRoot: leafAt(MOST) })).toBe(false);
      }),
      { numRuns: 80 },
    );
  });

  it('fails with any bit of it flipped', async () => {
    await fc.assert(
      fc.asyncProperty(pair, fc.nat(), fc.nat(31), fc.nat(7), async ([from, to], which, at, bit) => {
        const proof = await proveConsistency(whole.read, from, to);
        const claim = { from, to, fromRoot: definition(0, from), toRoot: definition(0, to), proof };
        expect(verifyConsistency({ ...claim, fromRoot: flip(claim.fromRoot, at, bit) })).toBe(false);
        fc.pre(proof.length > 0);
        expect(verifyConsistency({ ...claim, toRoot: flip(claim.toRoot, at, bit) })).toBe(false);
        const bad = proof.map((hash, i) => (i === which % proof.length ? flip(hash, at, bit) : hash));
        expect(verifyConsistency({ ...claim, proof: bad })).toBe(false);
      }),
      { numRuns: 80 },
    );
  });
});
