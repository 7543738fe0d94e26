import type { PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { RefusalReason } from '../../domain/registration-state.ts';
import type { KeyStore } from '../keys.ts';
import { lockIndexes } from '../phone-lock.ts';
import { seal } from '../seal.ts';
import type { SealedPerson } from './person.ts';
import type { RegistrationRow } from './process-row.ts';

/** What became of claiming the identity number and the phone for this registration. */
export type Claim =
  | { kind: 'claimed'; subjectId: string; recovery: boolean }
  /** The same identity and phone is being bound by another registration: its end decides. */
  | { kind: 'wait' }
  | { kind: 'refused'; reason: RefusalReason };

interface KnownIdentity {
  subjectId: string;
  bound: boolean;
  sameId: boolean;
  samePhone: boolean;
}

/**
 * Takes both blind indexes' locks, in the order that everybody takes them. Comes before the registration's row lock:
 * whoever waits for these holds no row.
 */
export const lockIdentity = (client: PoolClient, row: Pick<RegistrationRow, 'idIndex' | 'phoneIndex'>) =>
  lockIndexes(client, [row.idIndex, row.phoneIndex]);

/**
 * One phone, one identity: makes the identity's row, which holds the unique keys, or finds whose they are. The caller
 * holds `lockIdentity`; should anybody not, the unique indexes decide, and the next attempt finds the other's row.
 */
export async function claimIdentity(
  client: PoolClient,
  keys: KeyStore,
  row: RegistrationRow,
  person: SealedPerson,
): Promise<Claim> {
  const { rows } = await client.query<KnownIdentity>(
    `SELECT subject_id AS "subjectId", bound_at IS NOT NULL AS bound, id_index = $1 AS "sameId",
       phone_index = $2 AS "samePhone"
     FROM identities WHERE ended_at IS NULL AND (id_index = $1 OR phone_index = $2)`,
    [row.idIndex, row.phoneIndex],
  );
  return judgeKnown(rows) ?? insertIdentity(client, keys, row, person);
}

/** Null: neither is known. */
function judgeKnown(known: readonly KnownIdentity[]): Claim | null {
  const same = known.find(({ sameId, samePhone }) => sameId && samePhone);
  if (same) {
    return same.bound ? { kind: 'claimed', subjectId: same.subjectId, recovery: true } : { kind: 'wait' };
  }
  if (known.some(({ samePhone }) => samePhone)) return { kind: 'refused', reason: 'phone-in-use' };
  if (known.length > 0) return { kind: 'refused', reason: 'change-of-phone' };
  return null;
}

async function insertIdentity(
  client: PoolClient,
  keys: KeyStore,
  row: RegistrationRow,
  person: SealedPerson,
): Promise<Claim> {
  const subjectId = uuidv7();
  // Committed before the row that uses it; should the row not come, the key is swept.
  const key = await keys.create(subjectId, 'identity');
  await client.query(
    `INSERT INTO identities (subject_id, registration_id, id_index, phone_index, sealed, verification)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      subjectId,
      row.registrationId,
      row.idIndex,
      row.phoneIndex,
      seal(key, `identities/${subjectId}/sealed`, person),
      verificationOf(row),
    ],
  );
  return { kind: 'claimed', subjectId, recovery: false };
}

/** How the identity was proved, as identities and Customs' files keep it. */
export interface Verification {
  operator: string;
  method: string;
  /** Of Number Verification: the proof of the SIM. */
  correlator: string;
  /** RFC 3339: when the last of the operator's answers came. */
  verifiedAt: string;
}

const METHOD = 'camara-number-verification+kyc-match';

/** Throws unless both results are there. */
export function verificationOf({ operator, numberVerification, kycMatch }: RegistrationRow): Verification {
  if (!numberVerification || !kycMatch) throw new Error('not verified');
  return { operator, method: METHOD, correlator: numberVerification.correlator, verifiedAt: kycMatch.at };
}
