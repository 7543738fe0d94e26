import type { PoolClient } from 'pg';
import {
  type RefusalReason,
  type RegistrationStatus,
  type RetryReason,
  registrationMayFollow,
} from '../../domain/registration-state.ts';
import type { PhoneChangeHold, RegistrationFence, RegistrationView } from '../../domain/registration-view.ts';
import { SupersededRun } from '../poa/process-row.ts';
import type { Queryable } from '../pool.ts';
import { currentTry } from './authorizations.ts';
import { holderIsTold } from './phone-change.ts';

/** What an operator's API said, as kept: no personal data. */
export interface TelecomResult {
  apiVersion: string;
  result: string;
  /** Under which the operator finds the call again. */
  correlator: string;
  /** RFC 3339. */
  at: string;
}

/** Number Recycling, about the earlier holder of the phone. */
export interface RecyclingResult extends TelecomResult {
  holder: string;
}

/** KYC Match, with what KYC Tenure said about the contract. */
export interface KycResult extends TelecomResult {
  contract: string | null;
}

/** The process's row of one registration, as the transaction holds it. Changed in memory, then saved once. */
export interface RegistrationRow {
  readonly registrationId: string;
  readonly operator: string;
  readonly epoch: number;
  step: number;
  status: RegistrationStatus;
  reason: RefusalReason | RetryReason | null;
  readonly idIndex: Buffer;
  readonly phoneIndex: Buffer;
  readonly sealed: Buffer;
  numberVerification: TelecomResult | null;
  kycMatch: KycResult | null;
  numberRecycling: RecyclingResult | null;
  subjectId: string | null;
  /** The identity was there before: what goes wrong leaves it as it is. */
  recovery: boolean;
  /** The person whose passkey login of a moment ago began it. */
  readonly begunBy: string | null;
  /** A change of phone that no passkey vouches for waits until then. */
  holdUntil: Date | null;
  /** By the database's clock. */
  readonly holdOver: boolean;
  /** The person objects to the change of phone. */
  readonly objectedAt: Date | null;
  fileNumber: string | null;
  readonly createdAt: Date;
}

const COLUMNS = `registration_id AS "registrationId", operator, epoch, step, status, reason, id_index AS "idIndex",
  phone_index AS "phoneIndex", sealed, number_verification AS "numberVerification", kyc_match AS "kycMatch",
  number_recycling AS "numberRecycling", subject_id AS "subjectId", recovery, begun_by AS "begunBy",
  hold_until AS "holdUntil", coalesce(hold_until <= clock_timestamp(), false) AS "holdOver",
  objected_at AS "objectedAt", file_number AS "fileNumber", created_at AS "createdAt"`;

/** The first step of each run: raises the epoch, so that every earlier run can write no more. Null: no such one. */
export async function openRegistrationRow(
  db: Queryable,
  registrationId: string,
): Promise<RegistrationRow | null> {
  const { rows } = await db.query<RegistrationRow>({
    name: 'registration-open',
    text: `UPDATE registrations SET epoch = epoch + 1, step = 0, visited_at = now()
           WHERE registration_id = $1 RETURNING ${COLUMNS}`,
    values: [registrationId],
  });
  return rows[0] ?? null;
}

/**
 * Locks the row for one step of one run. Throws `SupersededRun` unless the run is the newest and no later step of it was
 * done; the same step may come again (a retried attempt), and finds what it did.
 */
export async function lockRegistrationRow(
  client: PoolClient,
  { registrationId, epoch, step }: RegistrationFence,
): Promise<RegistrationRow> {
  const { rows } = await client.query<RegistrationRow>({
    name: 'registration-lock',
    text: `SELECT ${COLUMNS} FROM registrations
           WHERE registration_id = $1 AND epoch = $2 AND step <= $3 FOR UPDATE`,
    values: [registrationId, epoch, step],
  });
  if (!rows[0]) throw new SupersededRun(`step ${step} of run ${epoch}`);
  return { ...rows[0], step };
}

/** Moves on to a status, or stays in it with another reason. Throws on a move that the table forbids. */
export function enterStatus(
  row: RegistrationRow,
  status: RegistrationStatus,
  reason: RegistrationRow['reason'] = null,
): void {
  if (!registrationMayFollow(row.status, status)) {
    throw new Error(`a registration cannot go from ${row.status} to ${status}`);
  }
  row.status = status;
  row.reason = reason;
}

/** Writes the row. `updated_at` is the moment of the last status or reason. */
export async function saveRegistrationRow(client: PoolClient, row: RegistrationRow): Promise<void> {
  await client.query({
    name: 'registration-save',
    text: `UPDATE registrations SET step = $2, status = $3, reason = $4, number_verification = $5, kyc_match = $6,
             subject_id = $7, recovery = $8, file_number = $9, number_recycling = $10,
             updated_at = CASE WHEN (status, reason) IS DISTINCT FROM ($3, $4) THEN now() ELSE updated_at END
           WHERE registration_id = $1`,
    values: [
      row.registrationId,
      row.step,
      row.status,
      row.reason,
      row.numberVerification,
      row.kycMatch,
      row.subjectId,
      row.recovery,
      row.fileNumber,
      row.numberRecycling,
    ],
  });
}

/** Where the registration stands, for the workflow. */
export async function registrationView(db: Queryable, row: RegistrationRow): Promise<RegistrationView> {
  const { redirectWaits, until } = await currentTry(db, row.registrationId);
  return {
    status: row.status,
    reason: row.reason,
    redirectWaits,
    tryUntil: until.getTime(),
    numberVerified: row.numberVerification?.result === 'verified',
    hold: row.status === 'verifying' ? await holdOf(db, row) : null,
  };
}

async function holdOf(db: Queryable, row: RegistrationRow): Promise<PhoneChangeHold | null> {
  if (!row.holdUntil) return null;
  return {
    until: row.holdUntil.getTime(),
    told: await holderIsTold(db, row.registrationId),
    objected: row.objectedAt !== null,
  };
}
