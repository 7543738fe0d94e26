/** The log against implementations that are not ours: Go's `sumdb/tlog` and `note`, and cosignatures of transparency-dev. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { entryBundle, TILE_WIDTH, type TileId, tilePath, tileWidth } from '../../../evidence/log/layout.ts';
import { proveConsistency, proveInclusion, rootAt } from '../../../evidence/log/proofs.ts';
import { rootOf } from '../../../evidence/log/tree.ts';
import { openCheckpoint } from '../../../evidence/verify/checkpoint.ts';
import { verifyConsistency, verifyInclusion } from '../../../evidence/verify/merkle.ts';
import { parseVerifierKey } from '../../../evidence/verify/note.ts';
import { createLogKeys } from '../../support/log-keys.ts';
import { entryAt, growTo, leafAt } from '../../support/memory-log.ts';

/** What the Go program makes and checks; hashes in base64. */
interface Claims {
  trees: { size: number; root: string }[];
  inclusion: { leafIndex: number; size: number; leaf: string; root: string; proof: string[] }[];
  consistency: { from: number; to: number; fromRoot: string; toRoot: string; proof: string[] }[];
  checkpoints: { note: string; verifierKey: string; witness: string; time: number }[];
  tiles?: Record<string, string>;
  entries?: Record<string, string>;
}

const vectors = JSON.parse(readFileSync(new URL('go-vectors.json', import.meta.url), 'utf8')) as Claims;
const bytes = (base64: string) => Buffer.from(base64, 'base64');
const text = (hash: Buffer) => hash.toString('base64');
const whole = growTo(70_000, [4096]);

describe('what Go made', () => {
  it.each(vectors.trees)('root of $size leaves is ours', async ({ size, root }) => {
    expect(text(await rootAt(whole.read, size))).toBe(root);
  });

  it.each(vectors.inclusion)('proof of leaf $leafIndex in $size is ours, and verifies', async (claim) => {
    const { leafIndex, size: treeSize } = claim;
    const proof = claim.proof.map(bytes);
    expect(await proveInclusion(whole.read, leafIndex, treeSize)).toEqual(proof);
    const [leaf, root] = [leafAt(leafIndex), bytes(claim.root)];
    expect(text(leaf)).toBe(claim.leaf);
    expect(verifyInclusion({ leafIndex, treeSize, leaf, root, proof })).toBe(true);
  });

  it.each(vectors.consistency)(
    'proof from $from to $to is ours, and verifies',
    async ({ from, to, ...claim }) => {
      const proof = claim.proof.map(bytes);
      expect(await proveConsistency(whole.read, from, to)).toEqual(proof);
      const [fromRoot, toRoot] = [bytes(claim.fromRoot), bytes(claim.toRoot)];
      expect(verifyConsistency({ from, to, fromRoot, toRoot, proof })).toBe(true);
    },
  );

  it.each(vectors.checkpoints)('checkpoint at $time opens with the keys of log and witness', (claim) => {
    const witness = parseVerifierKey(claim.witness);
    const opened = openCheckpoint(claim.note, parseVerifierKey(claim.verifierKey), [witness]);
    expect(opened.cosignatures).toMatchObject([{ name: witness.name, time: claim.time }]);
    expect(vectors.trees).toContainEqual({ size: opened.size, root: text(opened.root) });
  });
});

/** The program, built where Go and its modules are to be had. */
function build(): { program: string } | { missing: string } {
  const directory = mkdtempSync(join(tmpdir(), 'consentry-go-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const program = join(directory, 'crosscheck');
  const { error, status, stderr } = spawnSync('go', ['build', '-o', program, '.'], {
    cwd: fileURLToPath(new URL('../go', import.meta.url)),
    env: { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' },
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (error || status !== 0) return { missing: error ? 'no go' : stderr.trim().split('\n').slice(-1).join() };
  return { program };
}
const built = build();
const check = (claims: Claims): string[] => {
  const { status, stdout, stderr } = spawnSync('program' in built ? built.program : '', ['check'], {
    input: JSON.stringify(claims),
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter(Boolean);
};

const why = 'missing' in built ? ` (skipped, the vectors above stand for it: ${built.missing})` : '';
describe.skipIf('missing' in built)(`what we made is as Go wants it${why}`, () => {
  it.each([1, 255, 256, 257, 1000, 66_000])('in a tree of %d leaves', async (size) => {
    expect(check(await claimsOf(size))).toEqual([]);
  });

  it('and Go finds what is not', async () => {
    const claims = await claimsOf(300);
    const [first] = claims.inclusion;
    if (first) first.root = text(leafAt(5));
    for (const entry of claims.consistency) entry.from = Math.min(entry.to, entry.from + 1);
    if (claims.entries) claims.entries['entries/001.p/44'] = text(entryBundle(Array(44).fill(entryAt(7))));
    const found = check(claims);
    expect(found).toContainEqual(expect.stringContaining('leaf 0 of 300'));
    expect(found).toContainEqual(expect.stringContaining('tiles: '));
    expect(found.length).toBeGreaterThan(3);
  });
});

/** Proofs, checkpoint and everything served of a tree, as ours. */
async function claimsOf(size: number): Promise<Claims> {
  const tree = growTo(size, [700]);
  const root = rootOf(tree.edge);
  const { signer, cosign, witness } = createLogKeys();
  const note = signer.sign({ size, root });
  const time = 1_795_500_000;
  const inclusion = [...new Set([0, Math.floor(size / 3), size - 1])].map(async (leafIndex) => ({
    leafIndex,
    size,
    leaf: text(leafAt(leafIndex)),
    root: text(root),
    proof: (await proveInclusion(tree.read, leafIndex, size)).map(text),
  }));
  const consistency = [...new Set([1, Math.ceil(size / 2), Math.max(1, size - 1), size])].map(
    async (from) => ({
      from,
      to: size,
      fromRoot: text(await rootAt(tree.read, from)),
      toRoot: text(root),
      proof: (await proveConsistency(tree.read, from, size)).map(text),
    }),
  );
  const tiles = [...tree.tiles.values()].map(({ hashes, ...id }) => [pathOf(size, id), text(hashes)]);
  const entries = Array.from({ length: Math.ceil(size / TILE_WIDTH) }, (_, index) => [
    tilePath({ kind: 'entries', level: 0, index, width: tileWidth(size, { level: 0, index }) }),
    text(bundle(size, index)),
  ]);
  return {
    trees: [{ size, root: text(root) }],
    inclusion: await Promise.all(inclusion),
    consistency: await Promise.all(consistency),
    checkpoints: [{ note: note + cosign(note, time), verifierKey: signer.verifierKey, witness, time }],
    tiles: Object.fromEntries(tiles),
    entries: Object.fromEntries(entries),
  };
}

const pathOf = (size: number, id: TileId) => tilePath({ kind: 'hashes', ...id, width: tileWidth(size, id) });

/** Entries of one tile, as they are served. */
function bundle(size: number, index: number): Buffer {
  const count = tileWidth(size, { level: 0, index });
  return entryBundle(Array.from({ length: count }, (_, i) => entryAt(index * TILE_WIDTH + i)));
}
