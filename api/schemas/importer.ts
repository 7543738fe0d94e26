/** What importers send and are answered. */
import { z } from 'zod';
import { plainText } from '../../domain/declaration-schema.ts';
import { FRAUD_RESOLUTIONS } from '../../domain/fraud-case.ts';
import { isUuid } from '../../domain/ids.ts';
import { GOODS_MAX_LINES, NOTE_MAX_LENGTH } from '../../domain/limits.ts';
import { NOTICE_LOCALES } from '../../domain/notice.ts';
import { DECISIONS, DECLINE_REASONS } from '../../domain/outcome.ts';
import { POA_STATUSES } from '../../domain/poa-state.ts';
import { dayOrMoment } from '../moments.ts';
import { waybillFilter } from './declaration.ts';

export const locale = z.enum(NOTICE_LOCALES);
export const idParams = z.object({ id: z.string().refine(isUuid) });
export const emptyBody = z.strictObject({}).optional();

export const noticeAnswer = z.object({ version: z.string(), text: z.string(), digest: z.string() });

// WebAuthn's standard JSON forms: they grow, so unknown members are let pass ------------------------------------------

/** Longer than any credential or signature of today, and far from what would hurt. */
const base64url = z
  .string()
  .max(8192)
  .regex(/^[A-Za-z0-9_-]+$/, 'base64url');

const credential = {
  id: base64url,
  rawId: base64url,
  type: z.literal('public-key'),
  authenticatorAttachment: z.string().max(32).nullish(),
  clientExtensionResults: z.looseObject({}).default({}),
};

/** `RegistrationResponseJSON` */
export const registrationResponse = z.looseObject({
  ...credential,
  response: z.looseObject({
    clientDataJSON: base64url,
    attestationObject: z
      .string()
      .max(65_536)
      .regex(/^[A-Za-z0-9_-]+$/, 'base64url'),
    transports: z
      .array(z.string().regex(/^[\x21-\x7e]{1,32}$/))
      .max(16)
      .optional(),
  }),
});

/** `AuthenticationResponseJSON` */
export const authenticationResponse = z.looseObject({
  ...credential,
  response: z.looseObject({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.nullish().transform((handle) => handle ?? undefined),
  }),
});

/** `PublicKeyCredentialCreationOptionsJSON`, `PublicKeyCredentialRequestOptionsJSON` */
export const webauthnOptions = z.looseObject({ challenge: z.string() });

// The answer ----------------------------------------------------------------------------------------------------------

const ascending = (lines: readonly number[]) =>
  lines.every((line, at) => at === 0 || line > (lines[at - 1] ?? 0));

/** Of Postgres' `integer`. */
const VERSION_MAX = 2 ** 31 - 1;

const words = {
  version: z.int().min(1).max(VERSION_MAX),
  decision: z.enum(DECISIONS),
  reason: z.enum(DECLINE_REASONS).optional(),
  lines: z
    .array(z.int().min(1))
    .min(1)
    .max(GOODS_MAX_LINES)
    .refine(ascending, 'ascending, each once')
    .optional(),
  note: plainText(NOTE_MAX_LENGTH).optional(),
};

interface Words {
  decision: string;
  reason?: string | undefined;
  lines?: unknown;
  note?: string | undefined;
}

/** Only a decline has a reason and lines; a confirmation says nothing more. */
function checkWords({ decision, reason, lines, note }: Words, context: z.RefinementCtx): void {
  const refuse = (member: string, message: string) =>
    context.addIssue({ code: 'custom', path: [member], message });
  if (decision === 'declined') {
    if (reason === undefined) refuse('reason', 'declining needs a reason');
    if (reason === 'other' && note === undefined) refuse('note', 'the reason "other" needs a note');
    return;
  }
  if (reason !== undefined) refuse('reason', 'only declining has a reason');
  if (lines !== undefined) refuse('lines', 'only declining names lines');
  if (decision === 'confirmed' && note !== undefined) refuse('note', 'a confirmation has no note');
}

export const decisionOptionsBody = z
  .strictObject({
    ...words,
    noticeVersion: z.string().max(32).optional(),
    locale: locale.default('zh-TW'),
    build: z
      .string()
      .max(64)
      .regex(/^[\x21-\x7e]+$/, 'visible ASCII')
      .optional(),
  })
  .superRefine(checkWords);
export type DecisionOptionsBody = z.output<typeof decisionOptionsBody>;

export const decisionBody = z
  .strictObject({ ...words, assertion: authenticationResponse })
  .superRefine(checkWords);
export type DecisionBody = z.output<typeof decisionBody>;

/** `void`: the operator said that the SIM or the subscriber changed; the identity is suspended, the declaration waits again. */
export const decisionAnswer = z.object({
  consentId: z.uuid(),
  status: z.enum(POA_STATUSES),
  verdict: z.enum(['accepted', 'void', 'refused']),
});
export const decisionKept = z.object({ consentId: z.uuid(), status: z.literal('received') });

// What is shown -------------------------------------------------------------------------------------------------------

const money = z.object({ amount: z.string(), currency: z.string() });
const moment = z.iso.datetime();

const shownAnswer = z.object({
  consentId: z.uuid(),
  decision: z.enum(DECISIONS),
  reason: z.string().optional(),
  lines: z.array(z.int()).optional(),
  decidedAt: moment,
  customsAcknowledgedAt: moment.optional(),
});

export const shownDeclaration = z
  .object({
    declarationId: z.uuid(),
    version: z.int(),
    digest: z.string(),
    status: z.enum(POA_STATUSES),
    importDate: z.string(),
    broker: z.object({ name: z.string(), boxNumber: z.string() }),
    declarationNumber: z.string().optional(),
    houseWaybill: z.string(),
    flight: z.string(),
    consignor: z.object({ name: z.string(), country: z.string() }).optional(),
    goods: z.array(
      z.object({
        sequence: z.int(),
        description: z.string(),
        hsCode: z.string().optional(),
        quantity: z.string(),
        unit: z.string(),
        price: z.string(),
        currency: z.string(),
      }),
    ),
    freight: money.optional(),
    totals: z.array(money),
    packages: z.int(),
    grossMassKg: z.string(),
    grossVolumeM3: z.string().optional(),
    respondBy: moment,
    answer: shownAnswer.optional(),
  })
  .meta({ id: 'ShownDeclaration' });
export type ShownDeclarationAnswer = z.input<typeof shownDeclaration>;

/** One declaration, with what its lists leave out. */
export const detailedDeclaration = shownDeclaration
  .extend({
    /** Against the newest earlier version that was shown to this person: JSON Pointers (RFC 6901) into the content. */
    changes: z
      .object({
        since: z.int(),
        items: z.array(
          z.object({ pointer: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }),
        ),
      })
      .optional(),
    answer: shownAnswer.extend({ note: z.string().optional() }).optional(),
    reportedAt: moment.optional(),
    /** What Customs found of the case that "not mine" or a report opened. */
    caseResolution: z.object({ resolution: z.enum(FRAUD_RESOLUTIONS), resolvedAt: moment }).optional(),
  })
  .meta({ id: 'DetailedDeclaration' });

export const shownList = z.object({ items: z.array(shownDeclaration) });

export const historyQuery = z.strictObject({
  /** From that day or moment on. */
  from: dayOrMoment.optional(),
  /** To the end of that day, or before that moment. */
  to: dayOrMoment.optional(),
  waybill: waybillFilter.optional(),
});

// The person's own data, and messages ---------------------------------------------------------------------------------

export const identityAnswer = z.object({
  idNumber: z.string(),
  idType: z.string(),
  name: z.string(),
  birthDate: z.string(),
  phone: z.string(),
  operator: z.string(),
  verifiedAt: moment.optional(),
  boundAt: moment.optional(),
  frozenAt: moment.optional(),
  suspendedAt: moment.optional(),
  suspensionReason: z.string().optional(),
  passkeys: z.int(),
  /** Somebody asks to move this identity to another phone number. */
  phoneChange: z.object({ registrationId: z.uuid(), requestedAt: moment, effectiveAt: moment }).optional(),
});

const bytes = (length: number, first?: number) =>
  base64url.refine((text) => {
    const decoded = Buffer.from(text, 'base64url');
    return decoded.length === length && (first === undefined || decoded[0] === first);
  }, `${length} bytes in base64url`);

/**
 * PushSubscription as browsers give it: an uncompressed P-256 point and 16 bytes (RFC 8291 §3.1, §3.2). What else it holds
 * is let pass and dropped: it is kept.
 */
export const pushSubscription = z.object({
  endpoint: z.url().max(2048),
  expirationTime: z.number().nullish(),
  keys: z.object({ p256dh: bytes(65, 4), auth: bytes(16) }),
});
export const endpointBody = z.looseObject({ endpoint: z.url().max(2048) });
export const pushKeyAnswer = z.object({ publicKey: z.string() });
