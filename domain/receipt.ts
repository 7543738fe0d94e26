/**
 * What a receipt says of one version's outcome. No personal data: the subject is opaque, contents are digests. Members in
 * snake_case are the terms of ISO/IEC TS 27560:2023 (consent record information structure), the others are ours.
 */
import type { ReportedOutcome } from './outcome.ts';
import type { SimCheck } from './sim-check.ts';

/** `typ` of a receipt's JWS (RFC 7515 §4.1.9). */
export const RECEIPT_TYP = 'consentry-receipt+jwt';

/** Who issues the receipts. */
export const RECEIPT_ISSUER = 'consentry';

/** Parties as receipts name them (`party_id`). */
export const PARTY = {
  consentry: RECEIPT_ISSUER,
  customs: 'tw-customs',
  broker: (boxNumber: string): string => `broker:${boxNumber}`,
} as const;

/** State of a consent after the event (TS 27560 `event_state`): silence is never consent, and no refusal either. */
export const EVENT_STATE: Record<ReportedOutcome, 'given' | 'refused' | 'not-given'> = {
  confirmed: 'given',
  declined: 'refused',
  repudiated: 'refused',
  expired: 'not-given',
  unregistered: 'not-given',
  cancelled: 'not-given',
};

export interface Receipt {
  schema_version: 'receipt/v2';
  /** The outcome's id. */
  record_id: string;
  iss: string;
  /** Issued at, Unix seconds. */
  iat: number;
  /** The person who answered, else the one who was asked: WebAuthn userHandle. Null: nobody was found. */
  pii_principal_id: string | null;
  /** The notice that was shown with the question that was answered. */
  privacy_notice: NoticeReference | null;
  /** Of the notice, BCP 47. */
  language: string | null;
  purposes: [Purpose];
  event: {
    /** RFC 3339. */
    event_time: string;
    /** Consent that was asked for: an act of its own, never silence. */
    event_type: 'explicit';
    event_state: (typeof EVENT_STATE)[ReportedOutcome];
    /** Who ended the version: the person, the broker who took it back, or the deadline that we kept. */
    entity_id: string;
  };
  declaration: {
    declarationId: string;
    version: number;
    /** Hex SHA-256 of the canonical declaration. */
    digest: string;
    brokerBoxNumber: string;
    order: string;
    /** The same waybills are open at another broker. */
    duplicateWaybill: boolean;
  };
  outcome: ReportedOutcome;
  reason: string | null;
  /** The person's signed act, when they answered. */
  act: ActReference | null;
  /** How the person was known to be who they are. */
  verification: Verification | null;
  delivery: Delivery;
  /** Hex SHA-256 of the receipt of this declaration's latest earlier version that was reported. */
  previousReceipt: string | null;
}

export interface NoticeReference {
  /** Hex, as in the signed act. */
  digest: string;
  version: string;
  /** Build of the app that showed it. */
  build: string | null;
}

export interface Purpose {
  purpose: 'customs-declaration-poa';
  lawful_basis: string;
  jurisdiction: 'TW';
  pii_controllers: string[];
  recipient_third_parties: string[];
  /** ISO 8601 duration, from the end of the POA. */
  retention_period: string;
}

export interface ActReference {
  consentId: string;
  /** Goods lines said to be wrong. */
  lines: number[] | null;
  /** Hex SHA-256 of the act in RFC 8785: the WebAuthn challenge. */
  actDigest: string | null;
  /** SHA-256 over authenticatorData, SHA-256 of clientDataJSON, and signature; base64url. */
  assertionHash: string;
  /** Hex SHA-256 of the binding proof, which is salted. */
  bindingDigest: string | null;
}

export interface Verification {
  /** As the binding keeps it: operator, method, correlator, when. */
  binding: Record<string, unknown>;
  /** The operator's answers: API version, result, correlator, when. */
  numberVerification: Record<string, unknown> | null;
  kycMatch: Record<string, unknown> | null;
  /** What the operator said of the SIM between a confirmation and its judgement; null for other answers. */
  simCheck: SimCheck | null;
}

/** How the person was told, as far as it was known when the version was settled; RFC 3339. */
export interface Delivery {
  shownAt: string | null;
  notifications: { kind: string; sentAt: string | null; displayedAt: string | null }[];
}

/** The first form of receipts (`v: receipt/v1`), sealed until 2026-11; still to be verified. */
export interface ReceiptV1 {
  v: 'receipt/v1';
  jti: string;
  iss: string;
  iat: number;
  declarationId: string;
  version: number;
  digest: string;
  broker: string;
  order: string;
  outcome: ReportedOutcome;
  decidedAt: string;
  reason?: string;
  consent?: {
    consentId: string;
    subject: string;
    lines?: number[];
    assertionHash: string;
    verification?: Record<string, unknown>;
  };
  duplicateWaybill?: true;
}
