/** What brokers are told of by themselves: webhooks, and the feed of events. */
import type { FraudCaseKind, FraudResolution } from './fraud-case.ts';
import type { LineCounts, ManifestKind } from './manifest.ts';
import type { PoaStatus } from './poa-state.ts';
import { POA_STATUSES } from './poa-state.ts';

/**
 * Each status that a declaration enters, what happens to its proposals, and to cases of "that was not me"; and how a manifest gets
 * on: kept whole, another tenth of its lines answered, all of them.
 */
export const EVENT_TYPES = [
  ...POA_STATUSES.map((status) => `declaration.${status}` as const),
  'declaration.amended',
  'declaration.proposal-refused',
  'declaration.fraud-case-opened',
  'declaration.fraud-case-resolved',
  'manifest.received',
  'manifest.progressed',
  'manifest.completed',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** In place of types: all of them, also those that come to be. */
export const ALL_EVENTS = '*';

/** The status that an event tells of; null: it tells of none. */
export function statusOf(type: string): PoaStatus | null {
  const status = type.slice('declaration.'.length);
  return POA_STATUSES.find((known) => known === status) ?? null;
}

/** An event as a broker reads it, in the form of Standard Webhooks; `type`, `timestamp` and `data` are a webhook's body. */
export interface EventMessage {
  /** The same in the feed, as `webhook-id`, and each time that it is sent. */
  id: string;
  type: string;
  /** When it happened, RFC 3339. */
  timestamp: string;
  data: DeclarationNews | ManifestNews;
}

/** What an event tells of a declaration. */
export interface DeclarationNews {
  declarationId: string;
  functionalReference: string;
  houseWaybill: string;
  version: number;
  status?: PoaStatus;
  at: string;
  /** Of an answer "declined": why, which lines, and the person's own words while they are kept. */
  reason?: string;
  lines?: number[];
  note?: string;
  /** Of a proposal that was refused: why. */
  code?: string;
  /** Of a fraud case: which, and what Customs found. */
  caseId?: string;
  kind?: FraudCaseKind;
  resolution?: FraudResolution;
}

/** What an event tells of a manifest: how many of its lines had which answer then. */
export interface ManifestNews {
  manifestId: string;
  kind: ManifestKind;
  at: string;
  lines: LineCounts;
}

/** How a message stands at one endpoint. */
export const DELIVERY_STATUSES = ['waiting', 'delivered', 'given-up'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Why an attempt counts as failed. `status`: it was answered, with another status than 2xx. */
export const DELIVERY_FAILURES = [
  'time-out',
  'connection',
  'address-refused',
  'redirect',
  'status',
  'gone',
] as const;
export type DeliveryFailure = (typeof DELIVERY_FAILURES)[number];

export const ENDPOINT_STATUSES = ['active', 'failing', 'paused'] as const;
export type EndpointStatus = (typeof ENDPOINT_STATUSES)[number];

const SECOND = 1_000;
const FIRST_RETRY_MS = 5 * SECOND;
const LONGEST_RETRY_MS = 6 * 3_600 * SECOND;
/** 5 s, 20 s, 80 s, 5 min, 21 min, 85 min, 6 h, and so on: as Standard Webhooks proposes. */
const RETRY_FACTOR = 4;

/** A random part of a wait, so that what failed together does not come back together: 0.75 to 1.25. `random`: 0 to 1. */
export const jitter = (random: number): number => 0.75 + random / 2;

/** How long a message waits after so many failed attempts (1, 2, …), ms. `random`: 0 to 1. */
export const retryDelayMs = (attempts: number, random: number): number =>
  Math.min(FIRST_RETRY_MS * RETRY_FACTOR ** (attempts - 1), LONGEST_RETRY_MS) * jitter(random);
