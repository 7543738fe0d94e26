import type { IdentityNumberType } from '../../domain/identity-number.ts';
import type { KeyStore } from '../keys.ts';
import { Shredded } from '../poa/version.ts';
import { unseal } from '../seal.ts';

/** Who registers, as sealed in `registrations` and `identities`. */
export interface SealedPerson {
  idNumber: string;
  idType: IdentityNumberType;
  name: string;
  /** `YYYY-MM-DD` */
  birthDate: string;
  /** E.164 */
  phone: string;
}

/** Data key of a registration. Throws `Shredded` once it is gone. */
export async function registrationKey(keys: KeyStore, registrationId: string): Promise<Buffer> {
  const key = await keys.get(registrationId);
  if (!key) throw new Shredded(registrationId);
  return key;
}

export const personOf = (key: Buffer, registrationId: string, sealed: Buffer): SealedPerson =>
  unseal(key, `registrations/${registrationId}/sealed`, sealed) as SealedPerson;
