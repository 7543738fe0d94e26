/** A new passkey of a console's user: what it is asked for with, and whether it is what was asked for. */
import { randomBytes } from 'node:crypto';
import { generateRegistrationOptions, type RegistrationResponseJSON } from '@simplewebauthn/server';
import { refusalOf } from '../../db/consents.ts';
import {
  consolePasskeysOf,
  findConsoleChallenge,
  insertConsoleChallenge,
  type NewConsolePasskey,
} from '../../db/console/passkeys.ts';
import { consoleUserHandle } from '../../domain/console.ts';
import { CHALLENGE_TTL_MS } from '../../domain/limits.ts';
import type { ApiDeps } from '../deps.ts';
import {
  ALGORITHMS,
  CHALLENGE_BYTES,
  challengeHash,
  challengeIn,
  descriptor,
  verifyNewPasskey,
} from '../webauthn.ts';

const RP_NAME = 'Consentry';

/** Whose it will be, as the phone or computer names it beside the passkey. */
export interface PasskeyOwner {
  userId: string;
  name: string | null;
  brokerName: string;
}

export async function creationOptions({ db, settings }: ApiDeps, { userId, name, brokerName }: PasskeyOwner) {
  const challenge = randomBytes(CHALLENGE_BYTES);
  await insertConsoleChallenge(db.pool, challenge, { kind: 'passkey', userId });
  const known = await consolePasskeysOf(db.pool, userId);
  const account = [name, brokerName].filter(Boolean).join(' · ');
  return generateRegistrationOptions({
    rpName: RP_NAME,
    rpID: settings.rpId,
    userName: account,
    userDisplayName: account,
    userID: new Uint8Array(Buffer.from(consoleUserHandle(userId), 'utf8')),
    challenge: new Uint8Array(challenge),
    timeout: CHALLENGE_TTL_MS,
    attestationType: 'none',
    excludeCredentials: known.map(descriptor),
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    supportedAlgorithmIDs: ALGORITHMS,
  });
}

/** Checks it against its challenge, which is not used up yet. Throws `assertion-rejected`, `challenge-expired`. */
export async function checkedPasskey(
  { db, settings }: ApiDeps,
  { userId, label }: { userId: string; label: string | null },
  response: RegistrationResponseJSON,
): Promise<{ passkey: NewConsolePasskey; challengeHash: Buffer }> {
  const challenge = challengeIn(response);
  const hash = challengeHash(challenge);
  const kept = await findConsoleChallenge(db.pool, hash);
  if (kept?.kind !== 'passkey' || kept.userId !== userId) throw refusalOf('assertion-rejected');
  if (!kept.live) throw refusalOf('challenge-expired');
  const { credential, credentialBackedUp } = await verifyNewPasskey(settings, response, challenge);
  const passkey = {
    credentialId: Buffer.from(credential.id, 'base64url'),
    userId,
    publicKey: Buffer.from(credential.publicKey),
    signCount: credential.counter,
    transports: credential.transports ?? [],
    backedUp: credentialBackedUp,
    label,
  };
  return { passkey, challengeHash: hash };
}
