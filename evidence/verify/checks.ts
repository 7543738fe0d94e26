/** Every check of a pack, each by itself: what it looks at, and when it does not apply. */
import { createHash } from 'node:crypto';
import { bindingText, publicKeyDigest } from '../../domain/binding.ts';
import { jcs, sha256Hex } from '../../domain/canonical.ts';
import { challengeOf, noteDigest, noticeDigest } from '../../domain/challenge.ts';
import { isDecision } from '../../domain/outcome.ts';
import { ANSWER_FILES, COMMON_FILES, PACK_FILE, PACK_TYP } from '../../domain/pack.ts';
import { RECEIPT_TYP } from '../../domain/receipt.ts';
import { assertionHash, checkAuthenticatorData, checkClientData, checkSignature } from './assertion.ts';
import { Failure, same } from './failure.ts';
import {
  acknowledgementSchema,
  actSchema,
  bindingSchema,
  declarationSchema,
  deliverySchema,
  historySchema,
  manifestSchema,
  noticeSchema,
  type PackFiles,
} from './files.ts';
import { openJws, parseJws, requireInForce } from './jws.ts';
import { checkEntry, checkInclusion, checkWitnesses } from './log-checks.ts';
import { readReceipt, type Statement } from './receipt.ts';
import type { TrustRoots } from './trust.ts';

/** What the checks look at. */
export interface Subject {
  files: PackFiles;
  /** What differs in the container from its one form. */
  flaw: string | null;
  trust: TrustRoots;
}

/** The check has nothing to look at in this pack; the message says why. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}

/** Returns what is worth saying of a check that passed; throws `Failure` or `NotApplicable`. */
export type Check = (subject: Subject) => string | undefined;

const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const unixSeconds = (at: string): number => Date.parse(at) / 1000;

/** What the receipt states, its signature aside: that is a check of its own. */
const statementOf = ({ files: all }: Subject): Statement =>
  all.once('statement', () => readReceipt(parseJws(all.text(PACK_FILE.receipt)).payload));

const openReceipt = ({ files: all, trust }: Subject) =>
  all.once('receipt', () => openJws(all.text(PACK_FILE.receipt), RECEIPT_TYP, trust.keys));

/** The signed act's part of the receipt. Throws `NotApplicable` where nobody answered. */
function answerOf(subject: Subject): Statement & { act: NonNullable<Statement['act']> } {
  const statement = statementOf(subject);
  if (!statement.act) throw new NotApplicable(`nobody answered: ${statement.outcome}`);
  return { ...statement, act: statement.act };
}

const bindingOf = (subject: Subject) => {
  if (!answerOf(subject).act.bindingDigest)
    throw new NotApplicable('this older receipt names no binding proof');
  return subject.files.json(PACK_FILE.binding, bindingSchema);
};

/** Null: neither the caller nor this older receipt says where the passkey must have been used. */
const relyingPartyOf = (subject: Subject) => {
  if (subject.trust.relyingParty) return subject.trust.relyingParty;
  return answerOf(subject).act.bindingDigest ? bindingOf(subject).relyingParty : null;
};
const NOT_TOLD = 'of whatever service: this older receipt does not say, name it yourself';

const container: Check = ({ flaw }) => {
  if (flaw !== null) throw new Failure(flaw);
  return undefined;
};

const files: Check = (subject) => {
  const manifest = subject.files.json(PACK_FILE.manifest, manifestSchema);
  const listed = manifest.files.map(({ name }) => name);
  const expected = [...listed, PACK_FILE.manifest, PACK_FILE.seal];
  const unlisted = subject.files.names.filter((name) => !expected.includes(name));
  if (unlisted.length > 0) throw new Failure(`${unlisted.join(', ')}: not in the manifest`);
  for (const { name, bytes, sha256 } of manifest.files) {
    const found = subject.files.bytes(name);
    if (found.length !== bytes || hex(found) !== sha256)
      throw new Failure(`${name} is not as the manifest says`);
  }
  const needed = [...COMMON_FILES, ...(isDecision(manifest.outcome) ? ANSWER_FILES : []), PACK_FILE.seal];
  const lacking = needed.filter((name) => !subject.files.has(name));
  if (lacking.length > 0) throw new Failure(`${lacking.join(', ')} missing`);
  const known: readonly string[] = Object.values(PACK_FILE);
  const strange = listed.filter((name) => !known.includes(name));
  if (strange.length > 0) throw new Failure(`${strange.join(', ')}: no file of a pack`);
  same('the order of the files', subject.files.names.join(' '), expected.join(' '));
  return `${expected.length} files`;
};

const seal: Check = ({ files: all, trust }) => {
  const manifest = all.bytes(PACK_FILE.manifest);
  const { key } = openJws(all.text(PACK_FILE.seal), PACK_TYP, trust.keys, manifest);
  // Whoever has a stolen key can date a seal as he likes: a fresh pack is to be had.
  if (key.revoked) throw new Failure(`key ${key.kid} was revoked; ask for the pack again`);
  const { issuedAt } = all.json(PACK_FILE.manifest, manifestSchema);
  requireInForce(key, unixSeconds(issuedAt));
  return `issued ${issuedAt}`;
};

const receipt: Check = (subject) => {
  const { key } = openReceipt(subject);
  statementOf(subject);
  return `key ${key.kid}`;
};

const receiptKey: Check = (subject) => {
  const { key } = openReceipt(subject);
  requireInForce(key, statementOf(subject).iat);
  if (!key.revoked) return undefined;
  const since = new Date(key.revoked.revoked_at * 1000).toISOString();
  return `key revoked as of ${since}: sealed before, and the log must prove it`;
};

const about: Check = (subject) => {
  const { files: all } = subject;
  const { recordId, ...manifest } = all.json(PACK_FILE.manifest, manifestSchema);
  const { record_id, declaration, outcome } = statementOf(subject);
  same('the record', recordId, record_id);
  same('the declaration', manifest.declarationId, declaration.declarationId);
  same('the version', manifest.version, declaration.version);
  same('the outcome', manifest.outcome, outcome);
  return undefined;
};

const declaration: Check = (subject) => {
  const content = subject.files.json(PACK_FILE.declaration, declarationSchema);
  const stated = statementOf(subject).declaration;
  same('the digest of the declaration', hex(subject.files.bytes(PACK_FILE.declaration)), stated.digest);
  same("the broker's box number", content.brokerBoxNumber, stated.brokerBoxNumber);
  return stated.digest;
};

const act: Check = (subject) => {
  const { outcome, reason, act: stated, pii_principal_id, declaration: of } = answerOf(subject);
  const signed = subject.files.json(PACK_FILE.act, actSchema);
  same('the answer', signed.decision, outcome);
  same('the digest that was signed', signed.digest, of.digest);
  same('the version that was signed', signed.version, of.version);
  same('the broker that was authorised', signed.broker, of.brokerBoxNumber);
  same('the person', signed.subject, pii_principal_id);
  same('the reason', signed.reason, reason);
  same('the lines', jcs(signed.lines), jcs(stated.lines));
  if (stated.actDigest) same('the digest of the act', sha256Hex(jcs(signed)), stated.actDigest);
  return outcome;
};

const challenge: Check = (subject) => {
  answerOf(subject);
  const origin = relyingPartyOf(subject)?.origin ?? null;
  const signed = subject.files.json(PACK_FILE.act, actSchema);
  checkClientData(subject.files.bytes(PACK_FILE.clientData), { challenge: challengeOf(signed), origin });
  return origin ?? NOT_TOLD;
};

const authenticator: Check = (subject) => {
  answerOf(subject);
  const id = relyingPartyOf(subject)?.id ?? null;
  checkAuthenticatorData(subject.files.bytes(PACK_FILE.authenticatorData), id);
  return id ?? NOT_TOLD;
};

const partsOf = ({ files: all }: Subject) => ({
  authenticatorData: all.bytes(PACK_FILE.authenticatorData),
  clientDataJSON: all.bytes(PACK_FILE.clientData),
  signature: all.bytes(PACK_FILE.signature),
  publicKey: all.bytes(PACK_FILE.publicKey),
});

const signature: Check = (subject) => {
  answerOf(subject);
  checkSignature(partsOf(subject));
  return undefined;
};

const assertion: Check = (subject) => {
  const { act: stated } = answerOf(subject);
  same('the hash of the assertion', assertionHash(partsOf(subject)), stated.assertionHash);
  return undefined;
};

const notice: Check = (subject) => {
  const { privacy_notice, language } = answerOf(subject);
  const shown = subject.files.json(PACK_FILE.notice, noticeSchema);
  const signed = subject.files.json(PACK_FILE.act, actSchema).notice;
  same('the digest of the notice', noticeDigest(shown), signed.digest);
  same('notice.txt', subject.files.text(PACK_FILE.noticeText), `${shown.text}\n`);
  if (privacy_notice) {
    same('the notice in the receipt', jcs({ ...signed, version: shown.version }), jcs(privacy_notice));
    same('its language', shown.locale, language);
  }
  return `${shown.version}, ${shown.locale}`;
};

const note: Check = (subject) => {
  answerOf(subject);
  const signed = subject.files.json(PACK_FILE.act, actSchema).noteDigest;
  const written = subject.files.has(PACK_FILE.note);
  if (signed === null && !written) throw new NotApplicable('no note was written');
  if (signed === null) throw new Failure('a note is here, and none was signed');
  same('the digest of the note', noteDigest(subject.files.text(PACK_FILE.note)), signed);
  return undefined;
};

const binding: Check = (subject) => {
  const { act: stated, pii_principal_id, verification } = answerOf(subject);
  const proof = bindingOf(subject);
  same('the digest of the binding proof', bindingText(proof).digest, stated.bindingDigest);
  same('the person', proof.subject, pii_principal_id);
  const key = publicKeyDigest(subject.files.bytes(PACK_FILE.publicKey));
  same('the passkey', proof.passkey.publicKeyDigest, key);
  const { simCheck: _, ...known } = verification ?? { simCheck: null };
  same('how the person was verified', jcs(proof.verification), jcs(known));
  if (subject.trust.relyingParty)
    same('the service', jcs(proof.relyingParty), jcs(subject.trust.relyingParty));
  return undefined;
};

const delivery: Check = (subject) => {
  const { sealed } = subject.files.json(PACK_FILE.delivery, deliverySchema);
  const stated = statementOf(subject).delivery;
  same('how the person was told', jcs(sealed), jcs(stated));
  if (!stated) throw new NotApplicable('this older receipt does not say how the person was told');
  return undefined;
};

const history: Check = (subject) => {
  const { versions } = subject.files.json(PACK_FILE.history, historySchema);
  const { declaration: of, outcome, previousReceipt } = statementOf(subject);
  const own = versions.find(({ version }) => version === of.version);
  same('this version', own?.digest, of.digest);
  same('its outcome', own?.outcome, outcome);
  if (previousReceipt && !versions.some(({ receiptDigest }) => receiptDigest === previousReceipt))
    throw new Failure('the receipt before this one is of no version in the history');
  return `${versions.length} version(s)`;
};

const acknowledgement: Check = (subject) => {
  const acknowledged = subject.files.json(PACK_FILE.acknowledgement, acknowledgementSchema);
  const { record_id, declaration: of, outcome } = statementOf(subject);
  same('the record', acknowledged.recordId, record_id);
  same('the declaration', acknowledged.declarationId, of.declarationId);
  same('the version', acknowledged.version, of.version);
  same('the outcome', acknowledged.outcome, outcome);
  return `${acknowledged.acknowledgementNumber}, ${acknowledged.acknowledgedAt}`;
};

const logEntryCheck: Check = ({ files: all }) => checkEntry(all);
const logInclusion: Check = ({ files: all, trust }) => checkInclusion(all, trust);
const witnesses: Check = ({ files: all, trust }) => {
  if (trust.witnesses.length === 0) throw new NotApplicable('no witness was asked for');
  return checkWitnesses(all, trust);
};

/** In the order in which they are told. */
export const CHECKS = {
  container,
  files,
  seal,
  receipt,
  'receipt-key': receiptKey,
  about,
  declaration,
  act,
  challenge,
  authenticator,
  signature,
  assertion,
  notice,
  note,
  binding,
  delivery,
  history,
  acknowledgement,
  'log-entry': logEntryCheck,
  log: logInclusion,
  witnesses,
} satisfies Record<string, Check>;
export type CheckId = keyof typeof CHECKS;
