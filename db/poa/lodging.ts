import type { PoolClient } from 'pg';
import { canonicalForm, differences } from '../../domain/canonical.ts';
import type { DeclarationContext } from '../../domain/declaration.ts';
import type { Problem } from '../../domain/error-code.ts';
import { customsKey } from '../../domain/ids.ts';
import { RESPOND_BY_DEFAULT_MS } from '../../domain/limits.ts';
import { seal, unseal } from '../seal.ts';
import { enter, type ProcessRow } from './process-row.ts';
import { setAside, standingOutcome } from './settle.ts';
import { readVersion, sealProblems } from './version.ts';

/** WCO FunctionCode: 9 original, 5 replace, 1 cancel. */
export type FunctionCode = '9' | '5' | '1';

/** An act of lodging as kept before it is sent: the same bytes and key for every attempt at it. */
export interface Lodgement {
  declarationId: string;
  version: number;
  functionCode: FunctionCode;
  attempt: number;
  body: string;
  idempotencyKey: string;
}

interface LodgementRow {
  version: number;
  functionCode: FunctionCode;
  attempt: number;
  result: 'accepted' | 'refused' | 'replaced' | null;
  sealed: Buffer;
}

/**
 * What is to be sent to Customs next so that it holds the version in force (`hold`), or nothing of ours any more
 * (`withdraw`); null when nothing is. An act whose answer was never seen comes first, until its answer is known.
 */
export async function nextLodgement(
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
  aim: 'hold' | 'withdraw' | 'settle-open',
): Promise<Lodgement | null> {
  const { rows } = await client.query<LodgementRow>(
    `SELECT version, function_code AS "functionCode", attempt, result, sealed FROM lodgements
     WHERE declaration_id = $1 ORDER BY created_at`,
    [row.declarationId],
  );
  const open = rows.find((l) => l.result === null);
  if (open) return reopened(key, row, open);
  const held = rows.some(
    (l) => l.functionCode !== '1' && (l.result === 'accepted' || l.result === 'replaced'),
  );
  const done = (code: (c: FunctionCode) => boolean) =>
    rows.some((l) => code(l.functionCode) && l.version === row.version && l.result === 'accepted');
  if (aim === 'withdraw' && held && !done((c) => c === '1')) return insert(client, key, row, '1', rows);
  if (aim === 'hold' && !done((c) => c !== '1')) return insert(client, key, row, held ? '5' : '9', rows);
  return null;
}

function reopened(key: Buffer, row: ProcessRow, open: LodgementRow): Lodgement {
  const address = addressOf(row.declarationId, open);
  const { body } = unseal(key, address, open.sealed) as { body: string };
  return lodgement(row.declarationId, open, body);
}

async function insert(
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
  functionCode: FunctionCode,
  earlier: LodgementRow[],
): Promise<Lodgement> {
  const { content } = await readVersion(client, key, row.declarationId, row.version);
  const attempt =
    1 + earlier.filter((l) => l.version === row.version && l.functionCode === functionCode).length;
  const body = JSON.stringify({
    declarationId: row.declarationId,
    version: row.version,
    functionCode,
    ...(row.order === 'consent-first' && functionCode !== '1' && { poaReference: row.declarationId }),
    declaration: { ...(row.declarationNumber && { declarationNumber: row.declarationNumber }), ...content },
  });
  const id = { version: row.version, functionCode, attempt };
  await client.query(
    `INSERT INTO lodgements (declaration_id, version, function_code, attempt, sealed) VALUES ($1, $2, $3, $4, $5)`,
    [
      row.declarationId,
      row.version,
      functionCode,
      attempt,
      seal(key, addressOf(row.declarationId, id), { body }),
    ],
  );
  return lodgement(row.declarationId, id, body);
}

type LodgementId = Pick<Lodgement, 'version' | 'functionCode' | 'attempt'>;

const addressOf = (declarationId: string, { version, functionCode, attempt }: LodgementId) =>
  `lodgements/${declarationId}.${version}.${functionCode}.${attempt}/sealed` as const;

const lodgement = (
  declarationId: string,
  { version, functionCode, attempt }: LodgementId,
  body: string,
): Lodgement => ({
  declarationId,
  version,
  functionCode,
  attempt,
  body,
  idempotencyKey: customsKey.lodgement(declarationId, version, functionCode, attempt),
});

export async function recordLodgement(
  client: PoolClient,
  { declarationId, version, functionCode, attempt }: Lodgement,
  result: 'accepted' | 'refused',
): Promise<void> {
  await client.query(
    `UPDATE lodgements SET result = $5, answered_at = clock_timestamp()
     WHERE declaration_id = $1 AND version = $2 AND function_code = $3 AND attempt = $4 AND result IS NULL`,
    [declarationId, version, functionCode, attempt, result],
  );
}

/** P2, in Customs' answer: kept as if it had come by itself. An earlier context of the version stays. */
export async function keepContext(
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
  context: DeclarationContext,
) {
  const { text, digest } = canonicalForm(context, context.brokerBoxNumber);
  await client.query(
    `INSERT INTO contexts (declaration_id, version, digest, declaration_number, sealed) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING`,
    [
      row.declarationId,
      row.version,
      digest,
      context.declarationNumber,
      seal(key, `contexts/${row.declarationId}.${row.version}/sealed`, { canonical: text }),
    ],
  );
}

export type TakenContext = 'none' | 'same' | 'differs';

/** Takes up Customs' context of the version in force, if it is here, and compares it with what the broker submitted. */
export async function takeContext(
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
): Promise<{ taken: TakenContext; problems: Problem[] }> {
  const { rows } = await client.query<{ digest: string; declarationNumber: string; sealed: Buffer }>(
    `UPDATE contexts SET taken_at = coalesce(taken_at, clock_timestamp()) WHERE declaration_id = $1 AND version = $2
     RETURNING digest, declaration_number AS "declarationNumber", sealed`,
    [row.declarationId, row.version],
  );
  const context = rows[0];
  if (!context) return { taken: 'none', problems: [] };
  row.declarationNumber = context.declarationNumber;
  if (context.digest === row.digest) return { taken: 'same', problems: [] };
  const ours = await readVersion(client, key, row.declarationId, row.version);
  const theirs = unseal(key, `contexts/${row.declarationId}.${row.version}/sealed`, context.sealed) as {
    canonical: string;
  };
  return { taken: 'differs', problems: differing(ours.content, JSON.parse(theirs.canonical)) };
}

/** Customs holds another content than the version in force: it is to be lodged again, and its context comes anew. */
export async function forgetContext(client: PoolClient, row: ProcessRow): Promise<void> {
  await client.query(
    `WITH gone AS (
       DELETE FROM contexts WHERE declaration_id = $1 AND version = $2 AND digest <> $3 RETURNING version)
     UPDATE lodgements l SET result = 'replaced' FROM gone
     WHERE l.declaration_id = $1 AND l.version = gone.version AND l.result = 'accepted'`,
    [row.declarationId, row.version, row.digest],
  );
}

const differing = (ours: unknown, theirs: unknown): Problem[] =>
  differences(ours, theirs).map((pointer) => ({
    pointer,
    code: 'context-differs',
    detail: 'Customs holds another value here.',
  }));

/** Nothing is shown to the person until the broker corrects it. */
export function needCorrection(key: Buffer, row: ProcessRow, problems: readonly Problem[]): void {
  enter(row, 'needs_correction');
  row.sealedProblems = sealProblems(key, row.declarationId, problems);
}

/** A deadline that passed while the answer was under way gives the broker its full time again. */
export async function giveTimeToCorrect(client: PoolClient, row: ProcessRow): Promise<void> {
  if (row.respondBy.getTime() > Date.now()) return;
  row.respondBy = new Date(Date.now() + RESPOND_BY_DEFAULT_MS);
  await client.query(
    'UPDATE declaration_versions SET respond_by = $3 WHERE declaration_id = $1 AND version = $2',
    [row.declarationId, row.version, row.respondBy],
  );
}

/** After a consent-first consent Customs refused to take the declaration: the consent is void, the broker corrects. */
export async function refuseAfterConsent(
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
  problems: readonly Problem[],
): Promise<void> {
  const outcome = await standingOutcome(client, row);
  if (outcome) await setAside(client, outcome, { who: 'customs', why: 'lodging refused' });
  needCorrection(key, row, problems);
  await giveTimeToCorrect(client, row);
}
