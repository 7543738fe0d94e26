/** Merkle trees as RFC 9162 §2.1 has them, and the verification of their proofs. Sizes and indexes stay below 2^53. */
import { createHash } from 'node:crypto';

/** SHA-256. */
export const HASH_BYTES = 32;

/** RFC 9162 §2.1.1: apart from each other, so that no node can pass for a leaf. */
const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** Root of the tree without leaves. */
export const EMPTY_ROOT: Buffer = createHash('sha256').digest();

/** Hash of a leaf whose entry is these bytes. */
export const leafHash = (entry: Uint8Array): Buffer =>
  createHash('sha256').update(LEAF).update(entry).digest();

/** Hash of a node above two others. */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer =>
  createHash('sha256').update(NODE).update(left).update(right).digest();

export interface InclusionClaim {
  leafIndex: number;
  treeSize: number;
  leaf: Uint8Array;
  root: Uint8Array;
  /** From the leaf's sibling up. */
  proof: readonly Uint8Array[];
}

/** Whether the leaf is where it is said to be in the tree with this root (RFC 9162 §2.1.3.2). */
export function verifyInclusion({ leafIndex, treeSize, leaf, root, proof }: InclusionClaim): boolean {
  if (!isCount(leafIndex) || !isCount(treeSize) || leafIndex >= treeSize) return false;
  let at = leafIndex;
  let last = treeSize - 1;
  let hash: Uint8Array = leaf;
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== HASH_BYTES) return false;
    if (isOdd(at) || at === last) {
      hash = nodeHash(sibling, hash);
      [at, last] = upToRightChild(at, last);
    } else {
      hash = nodeHash(hash, sibling);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 && same(hash, root);
}

export interface ConsistencyClaim {
  from: number;
  to: number;
  fromRoot: Uint8Array;
  toRoot: Uint8Array;
  proof: readonly Uint8Array[];
}

/** Whether the second tree begins with all of the first (RFC 9162 §2.1.4.2). The tree without leaves begins every tree. */
export function verifyConsistency({ from, to, fromRoot, toRoot, proof }: ConsistencyClaim): boolean {
  if (!isCount(from) || !isCount(to) || from > to) return false;
  if (from === 0)
    return proof.length === 0 && same(fromRoot, EMPTY_ROOT) && (to > 0 || same(toRoot, EMPTY_ROOT));
  if (from === to) return proof.length === 0 && same(fromRoot, toRoot);
  let [at, last] = upToLeftChild(from - 1, to - 1);
  const path = at === 0 ? [fromRoot, ...proof] : proof;
  const [first, ...rest] = path;
  if (!first || path.some((hash) => hash.length !== HASH_BYTES)) return false;
  let [older, newer] = [first, first];
  for (const hash of rest) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      older = nodeHash(hash, older);
      newer = nodeHash(hash, newer);
      [at, last] = upToRightChild(at, last);
    } else {
      newer = nodeHash(newer, hash);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 && same(older, fromRoot) && same(newer, toRoot);
}

/** While the node is the last of its row and a left child, the tree has no sibling for it: its parent is the same hash. */
function upToRightChild(at: number, last: number): [number, number] {
  while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
  return [at, last];
}

/** Up to the largest whole subtree that ends the first tree; position 0 when that is all of it. */
function upToLeftChild(at: number, last: number): [number, number] {
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  return [at, last];
}

// Not with bit operators: they cut numbers to 32 bits.
const half = (value: number): number => Math.floor(value / 2);
const isOdd = (value: number): boolean => value % 2 === 1;
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
