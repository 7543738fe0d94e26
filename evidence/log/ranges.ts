/** Which parts of a tree a proof is made of (RFC 9162 §2.1.3.1, §2.1.4.1). Pure: hashes are looked up elsewhere. */
import type { Subtree } from './layout.ts';

/** Leaves `start` to `end`, the latter left out; as the recursion cuts trees, so that it begins with its largest subtree. */
export interface Range {
  start: number;
  end: number;
}

/** Parts whose hashes prove that a leaf is in the tree, from the leaf's sibling up. */
export function inclusionRanges(leafIndex: number, size: number): Range[] {
  const parts: Range[] = [];
  let range: Range = { start: 0, end: size };
  while (range.end - range.start > 1) {
    const [left, right] = cut(range);
    const goesLeft = leafIndex < left.end;
    parts.push(goesLeft ? right : left);
    range = goesLeft ? left : right;
  }
  return parts.reverse();
}

/** Parts whose hashes prove that the tree of `from` leaves begins the one of `to`; none for 0 or all leaves. */
export function consistencyRanges(from: number, to: number): Range[] {
  if (from === 0 || from === to) return [];
  const parts: Range[] = [];
  let range: Range = { start: 0, end: to };
  while (range.end > from) {
    const [left, right] = cut(range);
    const goesLeft = from <= left.end;
    parts.push(goesLeft ? right : left);
    range = goesLeft ? left : right;
  }
  // What both trees have whole; the verifier knows it when it is all of the first one.
  if (range.start > 0) parts.push(range);
  return parts.reverse();
}

/** The whole subtrees that a range is made of, left to right: the binary digits of its length. */
export function subtreesOf({ start, end }: Range): Subtree[] {
  const subtrees: Subtree[] = [];
  for (let at = start; at < end; ) {
    const { height, leaves } = largestWithin(end - at);
    subtrees.push({ height, index: at / leaves });
    at += leaves;
  }
  return subtrees;
}

/** A range in its two halves: the left one is the largest power of two that leaves something for the right one. */
function cut({ start, end }: Range): [Range, Range] {
  const { leaves } = largestWithin(end - start - 1);
  return [
    { start, end: start + leaves },
    { start: start + leaves, end },
  ];
}

/** Largest power of two up to `count`, which is at least 1. */
function largestWithin(count: number): { height: number; leaves: number } {
  let height = 0;
  let leaves = 1;
  while (leaves * 2 <= count) {
    leaves *= 2;
    height++;
  }
  return { height, leaves };
}
