import type { RegistrationRow } from './process-row.ts';

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
