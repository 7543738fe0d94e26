import { publishedCheckpoint } from '../../db/log/published.ts';
import { readEntries, readTiles } from '../../db/log/tree.ts';
import { proveConsistency, proveInclusion, type ReadTiles, rootAt } from '../../evidence/log/proofs.ts';
import { leafHash } from '../../evidence/verify/merkle.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { consistencyAnswer, consistencyQuery, inclusionAnswer, inclusionQuery } from '../schemas/log.ts';

const ABOUT = { tags: ['transparency log'] as [string], problems: ['not-found'] as const };

const base64 = (hash: Buffer): string => hash.toString('base64');

/** Proofs ready made, for those who do not read tiles. */
export function addLogProofs(routes: Routes, { db }: ApiDeps): void {
  const route = createRoute(routes);
  const read: ReadTiles = (ids) => readTiles(db.pool, ids);

  /** The size asked for, or the published one; throws `not-found` beyond it. */
  const within = async (asked: number | undefined): Promise<number> => {
    const published = (await publishedCheckpoint(db.pool))?.size ?? 0;
    if ((asked ?? 0) > published) throw beyond(`The log has ${published} leaves.`);
    return asked ?? published;
  };

  route(
    'get',
    '/log/v1/proofs/inclusion',
    { ...ABOUT, summary: 'Proves that a leaf is in the log' },
    { query: inclusionQuery, answers: { 200: inclusionAnswer } },
  )(async ({ query: { leafIndex, treeSize: asked } }) => {
    const treeSize = await within(asked);
    const [leaf] = leafIndex < treeSize ? await readEntries(db.pool, leafIndex, leafIndex + 1) : [];
    if (!leaf) throw beyond(`There is no leaf ${leafIndex} among ${treeSize}.`);
    const proof = await proveInclusion(read, leafIndex, treeSize);
    const rootHash = base64(await rootAt(read, treeSize));
    const body = {
      leafIndex,
      treeSize,
      leafHash: base64(leafHash(leaf.entry)),
      rootHash,
      proof: proof.map(base64),
    };
    return { status: 200, body };
  });

  route(
    'get',
    '/log/v1/proofs/consistency',
    { ...ABOUT, summary: 'Proves that the log has only grown' },
    { query: consistencyQuery, answers: { 200: consistencyAnswer } },
  )(async ({ query: { from, to: asked } }) => {
    const to = await within(asked);
    if (from > to) throw beyond(`${from} is more than ${to}.`);
    const proof = await proveConsistency(read, from, to);
    const [fromRoot, toRoot] = [base64(await rootAt(read, from)), base64(await rootAt(read, to))];
    return { status: 200, body: { from, to, fromRoot, toRoot, proof: proof.map(base64) } };
  });
}

const beyond = (detail: string) => new HttpProblem('not-found', detail);
