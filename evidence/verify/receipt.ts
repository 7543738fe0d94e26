/** What a receipt states, whichever form it has. */
import { z } from 'zod';
import { DECISIONS, REPORTED_OUTCOMES } from '../../domain/outcome.ts';
import { EVENT_STATE, type Receipt, type ReceiptV1 } from '../../domain/receipt.ts';
import { Failure } from './failure.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const outcome = z.enum(REPORTED_OUTCOMES);
const facts = z.record(z.string(), z.unknown());
const time = z.iso.datetime();

/** What an operator answered grows with its API: such members are taken as they are. */
const receiptSchema = z.strictObject({
  schema_version: z.literal('receipt/v2'),
  record_id: z.string(),
  iss: z.string(),
  iat: z.int(),
  pii_principal_id: z.string().nullable(),
  privacy_notice: z.strictObject({ digest, version: z.string(), build: z.string().nullable() }).nullable(),
  language: z.string().nullable(),
  purposes: z.tuple([
    z.strictObject({
      purpose: z.literal('customs-declaration-poa'),
      lawful_basis: z.string(),
      jurisdiction: z.literal('TW'),
      pii_controllers: z.array(z.string()),
      recipient_third_parties: z.array(z.string()),
      retention_period: z.string(),
    }),
  ]),
  event: z.strictObject({
    event_time: time,
    event_type: z.literal('explicit'),
    event_state: z.enum(['given', 'refused', 'not-given']),
    entity_id: z.string(),
  }),
  declaration: z.strictObject({
    declarationId: z.string(),
    version: z.int(),
    digest,
    brokerBoxNumber: z.string(),
    order: z.string(),
    duplicateWaybill: z.boolean(),
  }),
  outcome,
  reason: z.string().nullable(),
  act: z
    .strictObject({
      consentId: z.string(),
      lines: z.array(z.int()).nullable(),
      actDigest: digest.nullable(),
      assertionHash: z.string(),
      bindingDigest: digest.nullable(),
    })
    .nullable(),
  verification: z
    .strictObject({
      binding: facts,
      numberVerification: facts.nullable(),
      kycMatch: facts.nullable(),
      simCheck: facts.nullable(),
    })
    .nullable(),
  delivery: z.strictObject({
    shownAt: time.nullable(),
    notifications: z.array(
      z.strictObject({ kind: z.string(), sentAt: time.nullable(), displayedAt: time.nullable() }),
    ),
  }),
  previousReceipt: digest.nullable(),
});

const receiptV1Schema = z.strictObject({
  v: z.literal('receipt/v1'),
  jti: z.string(),
  iss: z.string(),
  iat: z.int(),
  declarationId: z.string(),
  version: z.int(),
  digest,
  broker: z.string(),
  order: z.string(),
  outcome,
  decidedAt: time,
  reason: z.string().optional(),
  consent: z
    .strictObject({
      consentId: z.string(),
      subject: z.string(),
      lines: z.array(z.int()).optional(),
      assertionHash: z.string(),
      verification: facts.optional(),
    })
    .optional(),
  duplicateWaybill: z.literal(true).optional(),
});

/** A receipt without what only says how it is written; null: this form of receipts does not say. */
export type Statement = Omit<
  Receipt,
  'schema_version' | 'purposes' | 'event' | 'delivery' | 'language' | 'iss'
> & {
  decidedAt: string;
  language: string | null;
  delivery: Receipt['delivery'] | null;
};

/** Reads a receipt's payload. Throws `Failure`. */
export function readReceipt(payload: Uint8Array): Statement {
  const claims = parseClaims(payload);
  const statement = 'v' in claims ? ofV1(claims) : ofV2(claims);
  const answered = (DECISIONS as readonly string[]).includes(statement.outcome);
  if (answered !== (statement.act !== null)) throw new Failure('an answer and its signature belong together');
  return statement;
}

const isV1 = (claims: unknown): boolean => typeof claims === 'object' && claims !== null && 'v' in claims;

function parseClaims(payload: Uint8Array): Receipt | ReceiptV1 {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
    const claims: unknown = JSON.parse(text);
    const schema = isV1(claims) ? receiptV1Schema : receiptSchema;
    return schema.parse(claims) as Receipt | ReceiptV1;
  } catch {
    throw new Failure('what it says is not of a form that is known here');
  }
}

function ofV2({ schema_version, purposes, event, iss, ...stated }: Receipt): Statement {
  if (event.event_state !== EVENT_STATE[stated.outcome])
    throw new Failure(`it says ${stated.outcome}, and that consent was ${event.event_state}`);
  return { ...stated, decidedAt: event.event_time };
}

const ofV1 = ({ consent, ...claims }: ReceiptV1): Statement => ({
  record_id: claims.jti,
  iat: claims.iat,
  pii_principal_id: consent?.subject ?? null,
  privacy_notice: null,
  language: null,
  declaration: {
    declarationId: claims.declarationId,
    version: claims.version,
    digest: claims.digest,
    brokerBoxNumber: claims.broker,
    order: claims.order,
    duplicateWaybill: claims.duplicateWaybill ?? false,
  },
  outcome: claims.outcome,
  reason: claims.reason ?? null,
  act: consent
    ? {
        consentId: consent.consentId,
        lines: consent.lines ?? null,
        actDigest: null,
        assertionHash: consent.assertionHash,
        bindingDigest: null,
      }
    : null,
  verification: consent
    ? { binding: consent.verification ?? {}, numberVerification: null, kycMatch: null, simCheck: null }
    : null,
  delivery: null,
  previousReceipt: null,
  decidedAt: claims.decidedAt,
});
