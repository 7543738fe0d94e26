import type { PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { RefusalReason } from '../../domain/registration-state.ts';
import { type EndedIdentity, endIdentity, indexesOf } from '../identity-end.ts';
import type { KeyStore } from '../keys.ts';
import { objectToPhoneChange } from '../phone-changes.ts';
import { lockIndexes } from '../phone-lock.ts';
import { seal } from '../seal.ts';
import type { SealedPerson } from './person.ts';
import { anotherChangeWaits } from './phone-change.ts';
import type { RegistrationRow } from './process-row.ts';
import { verificationOf } from './verification.ts';

/** What became of claiming the identity number and the phone for this registration. */
export type Claim =
  /** `recovery`: an identity that was there before; bound to another phone, it moves to this one. */
  | { kind: 'claimed'; subjectId: string; recovery: boolean }
  /** Another registration is binding the identity number or the phone: its end decides. */
  | { kind: 'wait' }
  /** The person is bound to another phone, and no passkey vouches for the change: they are to be asked. */
  | { kind: 'hold'; subjectId: string }
  /** The phone is bound to another person: is the number still theirs? */
  | { kind: 'ask-recycling'; holder: Holder }
  | { kind: 'refused'; reason: RefusalReason };

/** Whom the phone is bound to, when that is somebody else. */
export interface Holder {
  subjectId: string;
  /** Their latest registration: what an operator says is about that one. */
  registrationId: string;
  /** When the number was last proved to be theirs. */
  verifiedAt: Date;
}

/** The operator's word on whether the number is still the holder's. */
export interface RecyclingVerdict {
  holder: Holder;
  verdict: 'recycled' | 'same' | 'identifier-not-found';
}

interface KnownIdentity extends Holder {
  sameId: boolean;
  samePhone: boolean;
}

/**
 * Takes the blind indexes' locks, in the order that everybody takes them; with `holder` also those of the identity that
 * may end. Comes before the registration's row lock: whoever waits for these holds no row.
 */
export async function lockIdentity(
  client: PoolClient,
  row: Pick<RegistrationRow, 'idIndex' | 'phoneIndex'>,
  holder?: Holder,
): Promise<void> {
  const others = holder ? await indexesOf(client, holder.subjectId) : [];
  await lockIndexes(client, [row.idIndex, row.phoneIndex, ...others]);
}

/**
 * One phone, one identity: makes the identity's row, which holds the unique keys, or finds whose they are. The caller
 * holds `lockIdentity`; should anybody not, the unique indexes decide, and the next attempt finds the other's row.
 * A holder whose number was recycled ends here, whatever comes of the claim (`ended`).
 */
export async function claimIdentity(
  client: PoolClient,
  keys: KeyStore,
  row: RegistrationRow,
  person: SealedPerson,
  recycling: RecyclingVerdict | null,
): Promise<{ claim: Claim; ended: EndedIdentity | null }> {
  const without = (claim: Claim) => ({ claim, ended: null });
  if (row.objectedAt) return without(refused('change-of-phone'));
  if (await anotherBinds(client, row)) return without({ kind: 'wait' });
  const known = await knownIdentities(client, row);
  const same = known.find(({ sameId }) => sameId);
  // Only the identity that sat out the hold moves.
  if (row.holdUntil && same?.subjectId !== row.subjectId) return without(refused('change-of-phone'));
  const claimFree = async (): Promise<Claim> =>
    same ? claimKnown(client, row, same) : insertIdentity(client, keys, row, person);

  const holder = known.find(({ sameId }) => !sameId);
  if (!holder) return without(await claimFree());
  if (recycling?.holder.registrationId !== holder.registrationId)
    return without({ kind: 'ask-recycling', holder });
  if (recycling.verdict === 'same') return without(refused('phone-in-use'));
  if (recycling.verdict === 'identifier-not-found') return without(refused('identifier-not-found'));
  const ended = await endIdentity(client, { subjectId: holder.subjectId, reason: 'number-recycled' });
  return { claim: await claimFree(), ended };
}

const refused = (reason: RefusalReason): Claim => ({ kind: 'refused', reason });

async function anotherBinds(client: PoolClient, row: RegistrationRow): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM registrations
     WHERE status = 'binding' AND registration_id <> $3 AND (id_index = $1 OR phone_index = $2) LIMIT 1`,
    [row.idIndex, row.phoneIndex, row.registrationId],
  );
  return rowCount !== 0;
}

/** The identity of this ID number, and that of this phone: none, one that is both, or two. */
async function knownIdentities(client: PoolClient, row: RegistrationRow): Promise<KnownIdentity[]> {
  const { rows } = await client.query<KnownIdentity>(
    `SELECT subject_id AS "subjectId", registration_id AS "registrationId",
       coalesce((verification->>'verifiedAt')::timestamptz, bound_at, created_at) AS "verifiedAt",
       id_index = $1 AS "sameId", phone_index = $2 AS "samePhone"
     FROM identities WHERE ended_at IS NULL AND (id_index = $1 OR phone_index = $2)`,
    [row.idIndex, row.phoneIndex],
  );
  return rows;
}

/** The person is known: a recovery, or a change of phone. */
async function claimKnown(client: PoolClient, row: RegistrationRow, known: KnownIdentity): Promise<Claim> {
  const { subjectId } = known;
  const claimed: Claim = { kind: 'claimed', subjectId, recovery: true };
  if (known.samePhone || row.holdOver) return claimed;
  if (row.begunBy === subjectId) {
    // Whoever has the passkey decides to which phone.
    await objectToPhoneChange(client, subjectId);
    return claimed;
  }
  if (await anotherChangeWaits(client, row, subjectId)) return refused('change-of-phone');
  return { kind: 'hold', subjectId };
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
