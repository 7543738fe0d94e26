import { randomBytes } from 'node:crypto';
import { type AuthenticationResponseJSON, generateAuthenticationOptions } from '@simplewebauthn/server';
import { v7 as uuidv7 } from 'uuid';
import { readBinding } from '../../db/binding.ts';
import { insertChallenge } from '../../db/challenges.ts';
import {
  type AnswerKeys,
  type AnswerState,
  type ConsentEvidence,
  keepConsent,
  type ReceiptFacts,
  readAnswerState,
  refusalOf,
} from '../../db/consents.ts';
import { versionToSign } from '../../db/inbox.ts';
import { passkeysOf } from '../../db/passkeys.ts';
import { hashSecret, seal } from '../../db/seal.ts';
import { bindingText } from '../../domain/binding.ts';
import {
  challengeOf,
  type NoticeText,
  noteDigest,
  noticeDigest,
  type SignedAct,
} from '../../domain/challenge.ts';
import { ConsentryError } from '../../domain/error-code.ts';
import { CHALLENGE_TTL_MS } from '../../domain/limits.ts';
import { currentNotice, NOTICE_LOCALES } from '../../domain/notice.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem, PROBLEMS } from '../problem.ts';
import { type Answer, createRoute, type Routes } from '../route.ts';
import {
  type DecisionBody,
  type DecisionOptionsBody,
  decisionAnswer,
  decisionBody,
  decisionKept,
  decisionOptionsBody,
  idParams,
  webauthnOptions,
} from '../schemas/importer.ts';
import { challengeHash, challengeIn, descriptor, verifyAssertion } from '../webauthn.ts';
import { requireSession, sessionOf } from './session.ts';

const NONCE_BYTES = 32;

/** P4: the person's answer, signed with their passkey over the very version that they saw. */
export function addDecisionRoutes(routes: Routes, deps: ApiDeps): void {
  const route = createRoute(routes);
  const loggedIn = requireSession(deps);

  route(
    'post',
    '/app/declarations/:id/decision/options',
    {
      summary: 'Options of a signature over my answer',
      tags: ['importers'],
      security: 'session',
      problems: ['forbidden'],
    },
    { params: idParams, body: decisionOptionsBody, answers: { 200: webauthnOptions } },
    loggedIn,
  )(async ({ params, body, res }) => ({
    status: 200,
    body: await options(deps, sessionOf(res).subjectId, params.id, body),
  }));

  route(
    'post',
    '/app/declarations/:id/decision',
    {
      summary: 'My signed answer',
      tags: ['importers'],
      security: 'session',
      problems: [
        'forbidden',
        'assertion-rejected',
        'superseded',
        'too-late',
        'already-decided',
        'challenge-expired',
        'identity-frozen',
        'identity-suspended',
      ],
    },
    { params: idParams, body: decisionBody, answers: { 200: decisionAnswer, 202: decisionKept } },
    loggedIn,
  )(({ params, body, res }) => decide(deps, sessionOf(res).subjectId, params.id, body));
}

/**
 * Whatever was shown can be asked to be signed; whether it can still be answered is judged once, when the answer comes.
 * Throws `not-found`, or `validation-failed` for lines or a notice that do not exist.
 */
async function options(
  { db, settings }: ApiDeps,
  subjectId: string,
  declarationId: string,
  body: DecisionOptionsBody,
) {
  const [version, passkeys] = await Promise.all([
    versionToSign(db, subjectId, declarationId, body.version),
    passkeysOf(db.pool, subjectId),
  ]);
  if (!version) throw refusalOf('not-found');
  const notice = currentNotice(body.locale);
  if (body.noticeVersion !== undefined && body.noticeVersion !== notice.version) {
    throw invalid('/noticeVersion', 'This notice is not in force; show the present one.');
  }
  if (!body.lines?.every((line) => version.lines.includes(line)) && body.lines) {
    throw invalid('/lines', 'No goods line has this sequence number.');
  }
  const act: SignedAct = {
    v: 'poa/v1',
    digest: version.digest,
    version: body.version,
    broker: version.boxNumber,
    subject: subjectId,
    ...wordsOf(body),
    notice: { digest: noticeDigest(notice), build: body.build ?? null },
    nonce: randomBytes(NONCE_BYTES).toString('base64url'),
  };
  const challenge = challengeOf(act);
  const { locale } = body;
  await insertChallenge(db.pool, challenge, { kind: 'decision', subjectId, declarationId, act, locale });
  return generateAuthenticationOptions({
    rpID: settings.rpId,
    challenge: new Uint8Array(challenge),
    allowCredentials: passkeys.map(descriptor),
    userVerification: 'required',
    timeout: CHALLENGE_TTL_MS,
  });
}

const invalid = (pointer: string, detail: string) =>
  new HttpProblem('validation-failed', PROBLEMS['validation-failed'].remedy, {
    errors: [{ pointer, code: 'invalid-value', detail }],
  });

/** What an answer says, as it is signed. */
const wordsOf = ({ decision, reason, lines, note }: Omit<DecisionBody, 'assertion' | 'version'>) => ({
  decision,
  reason: reason ?? null,
  lines: lines ?? null,
  noteDigest: note === undefined ? null : noteDigest(note),
});

/** Judges an answer in the order of `db/consents.ts`, keeps it, and hands it to the process. */
async function decide(
  deps: ApiDeps,
  subjectId: string,
  declarationId: string,
  body: DecisionBody,
): Promise<Answer> {
  const assertion = body.assertion as AuthenticationResponseJSON;
  const challenge = challengeIn(assertion);
  const keys: AnswerKeys = {
    declarationId,
    subjectId,
    version: body.version,
    assertionHash: hashOfAssertion(assertion),
    challengeHash: challengeHash(challenge),
    credentialId: Buffer.from(assertion.id, 'base64url'),
  };
  const state = await readAnswerState(deps.db.pool, keys);
  if (state.same) return answerAgain(deps, keys, state, body);
  try {
    return deliver(deps, declarationId, await judgeAndKeep(deps, keys, state, body));
  } catch (error) {
    // The same assertion twice at once: the other one was first, and this is its repetition.
    const raced = error instanceof ConsentryError && error.code === 'already-decided';
    const now = raced ? await readAnswerState(deps.db.pool, keys) : null;
    if (now?.same) return answerAgain(deps, keys, now, body);
    throw error;
  }
}

/** The same assertion again: the same consent, with its present status. */
async function answerAgain(
  deps: ApiDeps,
  { declarationId }: AnswerKeys,
  { same, status, challenge }: AnswerState,
  body: DecisionBody,
): Promise<Answer> {
  if (!same) throw refusalOf('not-found');
  if (challenge?.act && !saysWhatWasSigned(challenge.act, body)) throw notWhatWasSigned();
  const { consentId, verdict, held } = same;
  if (verdict !== 'pending') return { status: 200, body: { consentId, status, verdict } };
  return held ? kept(consentId) : deliver(deps, declarationId, consentId);
}

/** Returns the consent's id; throws why the answer does not count. */
async function judgeAndKeep(
  { db, settings }: ApiDeps,
  keys: AnswerKeys,
  { refusal, challenge, passkey }: AnswerState,
  body: DecisionBody,
): Promise<string> {
  if (refusal) throw refusalOf(refusal);
  if (challenge && !challenge.live) throw refusalOf('challenge-expired');
  const { kind, subjectId, declarationId, act } = challenge ?? {};
  const mine = kind === 'decision' && subjectId === keys.subjectId && declarationId === keys.declarationId;
  if (!mine || !act || !passkey) throw refusalOf('assertion-rejected');
  const assertion = body.assertion as AuthenticationResponseJSON;
  const expected = Buffer.from(challengeOf(act)).toString('base64url');
  const signCount = await verifyAssertion(settings, assertion, expected, passkey);
  if (!saysWhatWasSigned(act, body)) throw notWhatWasSigned();
  const notice = noticeWith(act.notice.digest);
  const relyingParty = { id: settings.rpId, origin: settings.publicUrl };
  const [key, binding] = await Promise.all([
    db.keys.get(keys.declarationId),
    readBinding(db, keys, relyingParty),
  ]);
  if (!key || !binding) throw refusalOf('not-found');
  const { text, digest } = bindingText(binding);
  const consentId = uuidv7();
  const evidence: ConsentEvidence = {
    ...(body.note !== undefined && { note: body.note }),
    act,
    notice,
    credentialPublicKey: passkey.publicKey.toString('base64url'),
    authenticatorData: assertion.response.authenticatorData,
    clientDataJSON: assertion.response.clientDataJSON,
    signature: assertion.response.signature,
    binding: text,
  };
  const sealed = seal(key, `consents/${consentId}/sealed`, evidence);
  const receiptFacts: ReceiptFacts = {
    actDigest: Buffer.from(challengeOf(act)).toString('hex'),
    notice: { ...act.notice, version: notice.version, locale: notice.locale },
    bindingDigest: digest,
    verification: binding.verification,
  };
  await keepConsent(db.pool, { ...keys, consentId, act, signCount, sealed, receiptFacts });
  return consentId;
}

/** The answer is kept, whatever happens now: judged (200), or to be judged once the process can be reached (202). */
async function deliver({ processes }: ApiDeps, declarationId: string, consentId: string): Promise<Answer> {
  const sent = await processes.decide(declarationId, { consentId });
  if (sent.kind !== 'judged') return kept(consentId);
  const { verdict, status } = sent.result;
  // A run that gave way to another says `unknown`: kept, and judged by that one.
  return verdict === 'unknown' ? kept(consentId) : { status: 200, body: { consentId, status, verdict } };
}

const kept = (consentId: string): Answer => ({ status: 202, body: { consentId, status: 'received' } });

function saysWhatWasSigned(act: SignedAct, body: DecisionBody): boolean {
  const { decision, reason, lines, noteDigest } = wordsOf(body);
  return (
    act.version === body.version &&
    act.decision === decision &&
    act.reason === reason &&
    act.noteDigest === noteDigest &&
    JSON.stringify(act.lines) === JSON.stringify(lines)
  );
}

const notWhatWasSigned = () =>
  new HttpProblem('validation-failed', 'The body does not say what was signed.', {
    errors: [{ pointer: '', code: 'not-what-was-signed', detail: 'The answer differs from the one signed.' }],
  });

/** SHA-256 over the signed bytes and the signature. */
function hashOfAssertion({ response }: AuthenticationResponseJSON): Buffer {
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  const clientDataHash = hashSecret(bytes(response.clientDataJSON));
  return hashSecret(
    Buffer.concat([bytes(response.authenticatorData), clientDataHash, bytes(response.signature)]),
  );
}

/** The notice that was shown; one that is no longer in force is to be shown anew. */
function noticeWith(digest: string): NoticeText {
  const notice = NOTICE_LOCALES.map(currentNotice).find((shown) => noticeDigest(shown) === digest);
  if (!notice) throw refusalOf('challenge-expired');
  return notice;
}
