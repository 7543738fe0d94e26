import { randomBytes } from 'node:crypto';
import { generateRegistrationOptions, type RegistrationResponseJSON } from '@simplewebauthn/server';
import type { Request } from 'express';
import { z } from 'zod';
import { findChallenge, insertChallenge } from '../../db/challenges.ts';
import { refusalOf } from '../../db/consents.ts';
import { addPasskey, grantedPerson, NO_GRANT, type PasskeyGrant, passkeysOf } from '../../db/passkeys.ts';
import { CHALLENGE_TTL_MS } from '../../domain/limits.ts';
import { type Cookies, createCookies, newCookieSecret } from '../cookies.ts';
import type { ApiDeps } from '../deps.ts';
import { deviceLabel } from '../device-label.ts';
import { HttpProblem } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { emptyBody, registrationResponse, webauthnOptions } from '../schemas/importer.ts';
import {
  ALGORITHMS,
  CHALLENGE_BYTES,
  challengeHash,
  challengeIn,
  descriptor,
  verifyNewPasskey,
} from '../webauthn.ts';

const RP_NAME = 'Consentry';
/** Shown by the phone beside the passkey; says nothing of the person. */
const ACCOUNT_NAME = '進口報關委任 Consentry';

/** Who may add a passkey: the browser that registered, right after it, or a session of a moment ago. */
interface Granted {
  grant: PasskeyGrant;
  subjectId: string;
}

/** Make a passkey. */
export function addPasskeyRoutes(routes: Routes, deps: ApiDeps): void {
  const { db, settings } = deps;
  const route = createRoute(routes);
  const cookies = createCookies(settings.publicUrl);

  route(
    'post',
    '/app/passkeys/options',
    { summary: 'Options of a new passkey', tags: ['importers'], problems: ['forbidden'] },
    { body: emptyBody, answers: { 200: webauthnOptions } },
  )(async ({ req }) => {
    const { subjectId } = await granted(deps, cookies, req);
    const challenge = randomBytes(CHALLENGE_BYTES);
    await insertChallenge(db.pool, challenge, { kind: 'passkey', subjectId });
    return { status: 200, body: await creationOptions(deps, subjectId, challenge) };
  });

  route(
    'post',
    '/app/passkeys',
    {
      summary: 'Add a passkey; right after the registration this logs in, too',
      tags: ['importers'],
      problems: ['forbidden', 'assertion-rejected', 'challenge-expired'],
    },
    { body: registrationResponse, answers: { 201: z.object({ credentialId: z.string() }) } },
  )(async ({ body, req, res }) => {
    const { grant, subjectId } = await granted(deps, cookies, req);
    const { secret, hash } = newCookieSecret();
    const response = body as RegistrationResponseJSON;
    const credentialId = await add(deps, {
      grant,
      subjectId,
      response,
      sessionHash: hash,
      label: deviceLabel(req),
    });
    if (grant.kind === 'registration') cookies.setSession(res, secret);
    return { status: 201, body: { credentialId } };
  });
}

/** Throws `forbidden`. */
async function granted({ db }: ApiDeps, cookies: Cookies, req: Request): Promise<Granted> {
  const browser = cookies.registration(req);
  const sessionHash = cookies.session(req);
  const grants: PasskeyGrant[] = [
    ...(browser ? [{ kind: 'registration', ...browser } as const] : []),
    ...(sessionHash ? [{ kind: 'session', sessionHash } as const] : []),
  ];
  for (const grant of grants) {
    const person = await grantedPerson(db.pool, grant);
    if (person) return { grant, subjectId: person.subjectId };
  }
  throw new HttpProblem('forbidden', NO_GRANT);
}

async function creationOptions({ db, settings }: ApiDeps, subjectId: string, challenge: Buffer) {
  const known = await passkeysOf(db.pool, subjectId);
  return generateRegistrationOptions({
    rpName: RP_NAME,
    rpID: settings.rpId,
    userName: ACCOUNT_NAME,
    userDisplayName: ACCOUNT_NAME,
    userID: new Uint8Array(Buffer.from(subjectId, 'utf8')),
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

interface Addition extends Granted {
  response: RegistrationResponseJSON;
  sessionHash: Buffer;
  label: string | null;
}

/** Returns the credential id, base64url. */
async function add(
  { db, settings }: ApiDeps,
  { grant, subjectId, response, sessionHash, label }: Addition,
): Promise<string> {
  const challenge = challengeIn(response);
  const hash = challengeHash(challenge);
  const kept = await findChallenge(db.pool, hash);
  if (kept?.kind !== 'passkey' || kept.subjectId !== subjectId) throw refusalOf('assertion-rejected');
  if (!kept.live) throw refusalOf('challenge-expired');
  const { credential, credentialBackedUp } = await verifyNewPasskey(settings, response, challenge);
  await addPasskey(
    db.pool,
    {
      credentialId: Buffer.from(credential.id, 'base64url'),
      subjectId,
      publicKey: Buffer.from(credential.publicKey),
      signCount: credential.counter,
      transports: credential.transports ?? [],
      backedUp: credentialBackedUp,
      label,
    },
    { grant, challengeHash: hash, sessionHash },
  );
  return credential.id;
}
