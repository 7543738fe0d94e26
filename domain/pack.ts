/** What an evidence pack holds: one ZIP per POA, with everything that proves it. */
import type { ReportedOutcome, VersionOutcome } from './outcome.ts';
import type { Delivery } from './receipt.ts';

/** `typ` of the seal over a pack's manifest: a detached JWS (RFC 7515, Appendix F). */
export const PACK_TYP = 'consentry-pack';

/** Names in a pack, in the order in which they come. */
export const PACK_FILE = {
  readme: 'README.txt',
  pdf: 'poa.pdf',
  receipt: 'receipt.jws',
  declaration: 'declaration.json',
  act: 'assertion/act.json',
  authenticatorData: 'assertion/authenticatorData.bin',
  clientData: 'assertion/clientDataJSON.json',
  signature: 'assertion/signature.bin',
  publicKey: 'assertion/publicKey.cose',
  notice: 'notice.json',
  noticeText: 'notice.txt',
  note: 'note.txt',
  binding: 'binding.json',
  delivery: 'delivery.json',
  history: 'history.json',
  acknowledgement: 'customs-acknowledgement.json',
  leaf: 'log/leaf.json',
  proof: 'log/proof.txt',
  jwks: 'jwks.json',
  manifest: 'manifest.json',
  seal: 'manifest.jws',
} as const;
export type PackFile = (typeof PACK_FILE)[keyof typeof PACK_FILE];

/** Of the person's answer: all of these, or none. The note is there when they wrote one. */
export const ANSWER_FILES: readonly PackFile[] = [
  PACK_FILE.act,
  PACK_FILE.authenticatorData,
  PACK_FILE.clientData,
  PACK_FILE.signature,
  PACK_FILE.publicKey,
  PACK_FILE.notice,
  PACK_FILE.noticeText,
];

/** In every pack, beside the manifest and its seal. */
export const COMMON_FILES: readonly PackFile[] = [
  PACK_FILE.readme,
  PACK_FILE.pdf,
  PACK_FILE.receipt,
  PACK_FILE.declaration,
  PACK_FILE.delivery,
  PACK_FILE.history,
  PACK_FILE.acknowledgement,
  PACK_FILE.leaf,
  PACK_FILE.proof,
  PACK_FILE.jwks,
];

/** `manifest.json`, in RFC 8785. */
export interface Manifest {
  v: 'pack/v1';
  /** The receipt's. */
  recordId: string;
  declarationId: string;
  version: number;
  outcome: ReportedOutcome;
  /** RFC 3339: when this pack was made. */
  issuedAt: string;
  /** Every other file but the seal, in the order of the ZIP. */
  files: { name: string; bytes: number; sha256: string }[];
}

/** `customs-acknowledgement.json`: what Customs answered to the report. */
export interface CustomsAcknowledgement {
  recordId: string;
  declarationId: string;
  version: number;
  outcome: ReportedOutcome;
  /** Under which Customs finds the POA: declaration number, or the declaration's id. */
  reference: string;
  acknowledgementNumber: string;
  /** RFC 3339. */
  acknowledgedAt: string;
  /** `customs`: an operator took over what Customs held. */
  source: 'consentry' | 'customs';
}

/** `log/leaf.json`: what makes the log's entry from the receipt (domain/log-entry.ts). */
export interface LogLeaf {
  /** base64url */
  salt: string;
  /** Hex. */
  entry: string;
}

/** `delivery.json`: how the person was told. Times in RFC 3339. */
export interface PackDelivery {
  /** As the receipt says it; null in receipts that do not. */
  sealed: Delivery | null;
  /** As known when the pack was made. */
  messages: {
    kind: string;
    createdAt: string;
    sentAt: string | null;
    failedAt: string | null;
    displayedAt: string | null;
  }[];
}

/** `history.json`: what became of the declaration, version by version. Contents of other versions only by their digest. */
export interface PackHistory {
  versions: {
    version: number;
    digest: string;
    createdAt: string;
    respondBy: string;
    shownAt: string | null;
    outcome: VersionOutcome | null;
    decidedAt: string | null;
    /** Hex SHA-256 of its receipt. */
    receiptDigest: string | null;
  }[];
  events: { type: string; version: number; at: string }[];
}
