/** One ZIP per POA, with everything that proves it: who, what, when, and how to check it. */
import { createHash } from 'node:crypto';
import type { Database } from '../db/database.ts';
import { type Evidence, type EvidenceQuery, readEvidence, wasPurged } from '../db/evidence.ts';
import { jcs } from '../domain/canonical.ts';
import {
  type CustomsAcknowledgement,
  type Manifest,
  PACK_FILE,
  PACK_TYP,
  type PackFile,
} from '../domain/pack.ts';
import type { Receipt } from '../domain/receipt.ts';
import { proofOf } from './log/proof-of.ts';
import { packReadme } from './pack-readme.ts';
import type { PackContext } from './poa-facts.ts';
import { poaPdf } from './poa-pdf.ts';
import { publishedJwk, type Sealer } from './receipt.ts';
import { type ZipEntry, zipChunks } from './verify/zip.ts';

export type Pack =
  /** Piece by piece, in order. */
  | { kind: 'pack'; version: number; chunks: Iterable<Buffer> }
  /** No acknowledged outcome of ours, or not the asker's. */
  | { kind: 'none' }
  | { kind: 'purged' }
  /** The receipt is settled and acknowledged; the next checkpoint of the log covers it. */
  | { kind: 'not-in-log-yet' };

export interface PackDeps {
  db: Database;
  sealer: Sealer;
  /** Where the service is found: for the instructions in the pack. */
  publicUrl: string;
}

/** Makes the pack of a decided version. Sealed anew each time: what changes is when, and which checkpoint proves it. */
export async function makePack(deps: PackDeps, query: EvidenceQuery): Promise<Pack> {
  const evidence = await readEvidence(deps.db, query);
  if (!evidence) return { kind: (await wasPurged(deps.db.pool, query)) ? 'purged' : 'none' };
  const proof = evidence.leaf && (await proofOf(deps.db.pool, evidence.leaf.leafIndex));
  if (!evidence.leaf || proof === null) return { kind: 'not-in-log-yet' };
  const context = contextOf(evidence);
  const files = await filesOf(deps, evidence, context, { ...evidence.leaf, proof });
  const entries = await sealed(deps.sealer, evidence, context, files);
  return { kind: 'pack', version: evidence.version, chunks: zipChunks(entries) };
}

type Files = [PackFile, Uint8Array | string][];

async function filesOf(
  { db, publicUrl }: PackDeps,
  evidence: Evidence,
  context: PackContext,
  leaf: { entry: Buffer; salt: Buffer; proof: string },
): Promise<Files> {
  const { claims, recordId } = context;
  const jwks = { keys: (await db.keys.receipts.list()).map(publishedJwk) };
  return [
    [PACK_FILE.readme, packReadme(evidence, publicUrl)],
    [PACK_FILE.pdf, await poaPdf(evidence, context)],
    [PACK_FILE.receipt, evidence.receipt],
    [PACK_FILE.declaration, evidence.declaration],
    ...answerFiles(evidence.answer),
    [PACK_FILE.delivery, jcs({ sealed: claims.delivery ?? null, messages: evidence.messages })],
    [PACK_FILE.history, jcs(evidence.history)],
    [PACK_FILE.acknowledgement, jcs(acknowledgementOf(evidence, recordId))],
    [PACK_FILE.leaf, jcs({ salt: leaf.salt.toString('base64url'), entry: leaf.entry.toString('hex') })],
    [PACK_FILE.proof, leaf.proof],
    [PACK_FILE.jwks, `${JSON.stringify(jwks, null, 2)}\n`],
  ];
}

function answerFiles(answer: Evidence['answer']): Files {
  if (!answer) return [];
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  return [
    [PACK_FILE.act, jcs(answer.act)],
    [PACK_FILE.authenticatorData, bytes(answer.authenticatorData)],
    [PACK_FILE.clientData, bytes(answer.clientDataJSON)],
    [PACK_FILE.signature, bytes(answer.signature)],
    [PACK_FILE.publicKey, bytes(answer.credentialPublicKey)],
    [PACK_FILE.notice, jcs(answer.notice)],
    [PACK_FILE.noticeText, `${answer.notice.text}\n`],
    ...(answer.note === undefined ? [] : ([[PACK_FILE.note, answer.note]] as Files)),
    ...(answer.binding === undefined ? [] : ([[PACK_FILE.binding, answer.binding]] as Files)),
  ];
}

const acknowledgementOf = (evidence: Evidence, recordId: string): CustomsAcknowledgement => ({
  recordId,
  declarationId: evidence.declarationId,
  version: evidence.version,
  outcome: evidence.outcome,
  reference: evidence.reference,
  acknowledgementNumber: evidence.acknowledgementNumber,
  acknowledgedAt: evidence.acknowledgedAt.toISOString(),
  source: evidence.source,
});

/** What the receipt says that other files repeat; of the older form only its id is. */
function contextOf({ receipt }: Evidence): PackContext {
  const [, payload = ''] = receipt.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Partial<Receipt> & {
    jti?: string;
  };
  return { issuedAt: new Date(), claims, recordId: claims.record_id ?? claims.jti ?? '' };
}

/** The files with the manifest of them, and the seal over it. */
async function sealed(
  sealer: Sealer,
  evidence: Evidence,
  { issuedAt, recordId }: PackContext,
  files: Files,
): Promise<ZipEntry[]> {
  const entries = files.map(([name, content]): ZipEntry => ({ name, bytes: Buffer.from(content) }));
  const manifest: Manifest = {
    v: 'pack/v1',
    recordId,
    declarationId: evidence.declarationId,
    version: evidence.version,
    outcome: evidence.outcome,
    issuedAt: issuedAt.toISOString(),
    files: entries.map(({ name, bytes }) => ({
      name,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
  };
  const bytes = Buffer.from(jcs(manifest));
  const [header, , signature] = (await sealer.sign(PACK_TYP, bytes)).split('.');
  return [
    ...entries,
    { name: PACK_FILE.manifest, bytes },
    { name: PACK_FILE.seal, bytes: Buffer.from(`${header}..${signature}`) },
  ];
}
