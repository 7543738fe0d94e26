import { randomBytes } from 'node:crypto';
import { type BindingProof, publicKeyDigest } from '../domain/binding.ts';
import type { Database } from './database.ts';
import type { SealedPerson } from './registration/person.ts';
import { unseal } from './seal.ts';

const SALT_BYTES = 32;

interface BindingRow {
  sealed: Buffer;
  verification: Record<string, unknown>;
  fileNumber: string | null;
  boundAt: Date;
  numberVerification: Record<string, unknown> | null;
  kycMatch: Record<string, unknown> | null;
  publicKey: Buffer;
  passkeyCreatedAt: Date;
}

/**
 * The proof of who uses this passkey, as it stands now, from the registration that proved the person last. Null: the passkey
 * is not theirs, they are not bound, or their data key is gone.
 */
export async function readBinding(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  { subjectId, credentialId }: { subjectId: string; credentialId: Buffer },
  relyingParty: BindingProof['relyingParty'],
): Promise<BindingProof | null> {
  const [{ rows }, key] = await Promise.all([
    pool.query<BindingRow>({
      name: 'binding-read',
      text: `SELECT i.sealed, i.verification, i.file_number AS "fileNumber", i.bound_at AS "boundAt",
               r.number_verification AS "numberVerification", r.kyc_match AS "kycMatch",
               p.public_key AS "publicKey", p.created_at AS "passkeyCreatedAt"
             FROM identities i JOIN passkeys p ON p.subject_id = i.subject_id AND p.credential_id = $2
             LEFT JOIN LATERAL (
               SELECT number_verification, kyc_match FROM registrations
               WHERE subject_id = i.subject_id AND status = 'bound' ORDER BY updated_at DESC LIMIT 1) r ON true
             WHERE i.subject_id = $1 AND i.ended_at IS NULL AND i.bound_at IS NOT NULL`,
      values: [subjectId, credentialId],
    }),
    keys.get(subjectId),
  ]);
  const [row] = rows;
  if (!row || !key) return null;
  const { name, phone } = unseal(key, `identities/${subjectId}/sealed`, row.sealed) as SealedPerson;
  return {
    v: 'binding/v1',
    salt: randomBytes(SALT_BYTES).toString('base64url'),
    subject: subjectId,
    name,
    phone,
    fileNumber: row.fileNumber,
    boundAt: row.boundAt.toISOString(),
    verification: {
      binding: row.verification,
      numberVerification: row.numberVerification,
      kycMatch: row.kycMatch,
    },
    passkey: {
      credentialId: credentialId.toString('base64url'),
      publicKeyDigest: publicKeyDigest(row.publicKey),
      createdAt: row.passkeyCreatedAt.toISOString(),
    },
    relyingParty,
  };
}
