/** Bodies, queries and answers of `/v1/declarations`. What a declaration must look like is the domain's. */
import { z } from 'zod';
import { plainText } from '../../domain/declaration-schema.ts';
import { isUuid } from '../../domain/ids.ts';
import { NOTE_MAX_LENGTH } from '../../domain/limits.ts';
import { CANCELLATION_REASONS, DECISIONS, ORDERS, REPORTED_OUTCOMES } from '../../domain/outcome.ts';
import { POA_STATUSES } from '../../domain/poa-state.ts';

export const LIST_LIMIT_MAX = 200;
export const LIST_LIMIT_DEFAULT = 50;

export const declarationParams = z.object({ declarationId: z.string().refine(isUuid) });

export const cancellationSchema = z
  .strictObject({
    reason: z.enum(CANCELLATION_REASONS),
    note: plainText(NOTE_MAX_LENGTH).optional(),
  })
  .meta({ example: { reason: 'wrong-consignee', note: 'Declared anew under the right phone.' } });

/** An opaque place in a list: the id after which it goes on. */
export const encodeCursor = (declarationId: string): string =>
  Buffer.from(declarationId.replaceAll('-', ''), 'hex').toString('base64url');

function decodeCursor(cursor: string): string | null {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return isUuid(id) && encodeCursor(id) === cursor ? id : null;
}

export const cursor = z
  .string()
  .max(64)
  .transform((text, context) => {
    const id = decodeCursor(text);
    if (id !== null) return id;
    context.addIssue({ code: 'custom', message: 'is not a cursor of this list' });
    return z.NEVER;
  });

/** An opaque place in a list that only grows at its end: how many come before it. */
export const encodePosition = (position: number): string => Buffer.from(`e${position}`).toString('base64url');

export const positionCursor = z
  .string()
  .max(64)
  .transform((text, context) => {
    const position = /^e(0|[1-9]\d{0,14})$/.exec(Buffer.from(text, 'base64url').toString('latin1'))?.[1];
    if (position !== undefined && encodePosition(Number(position)) === text) return Number(position);
    context.addIssue({ code: 'custom', message: 'is not a cursor of this list' });
    return z.NEVER;
  });

/** What no waybill can be is simply not found, but for characters that Postgres refuses. */
export const waybillFilter = z.string().regex(/^[\x20-\x7e]{1,35}$/);

export const listLimit = z
  .string()
  .regex(/^[1-9]\d{0,2}$/)
  .transform(Number)
  .refine((limit) => limit <= LIST_LIMIT_MAX, `at most ${LIST_LIMIT_MAX}`);

/** Postgres knows no year 0, and no flight landed before this service. */
const isKnownDay = (day: string): boolean => day >= '2000-01-01';

export const listQuery = z.strictObject({
  status: z.enum(POA_STATUSES).optional(),
  houseWaybill: waybillFilter.optional(),
  /** House waybill, functional reference or declaration number, exactly. */
  search: waybillFilter.optional(),
  flight: waybillFilter.optional(),
  importDate: z.iso.date().refine(isKnownDay, 'a day from the year 2000 on').optional(),
  // As a moment: Postgres knows neither the year 0 nor offsets of 16 hours.
  updatedSince: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional(),
  limit: listLimit.optional(),
  cursor: cursor.optional(),
});

const time = z.iso.datetime({ offset: true });
const problem = z.object({ pointer: z.string(), code: z.string(), detail: z.string() });
const money = z.object({ amount: z.string(), currency: z.string() });

const answer = z.object({
  decision: z.enum(DECISIONS),
  reason: z.string().optional(),
  decidedAt: time,
  customsAcknowledgedAt: time.optional(),
});

/** As submitted. Absent once it was purged. */
const submitted = z
  .object({
    functionalReference: z.string(),
    masterWaybill: z.string(),
    houseWaybill: z.string(),
    flight: z.string(),
    importDate: z.string(),
    importer: z.object({ name: z.string(), phone: z.string() }),
    consignor: z.object({ name: z.string(), country: z.string() }),
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
    freight: money,
    packages: z.int(),
    grossMassKg: z.string(),
    grossVolumeM3: z.string(),
  })
  .partial();

/** The flat object that POST, PUT and GET answer with. */
export const declarationAnswer = submitted
  .extend({
    declarationId: z.uuid(),
    version: z.int(),
    digest: z.string(),
    status: z.enum(POA_STATUSES),
    order: z.enum(ORDERS),
    createdAt: time,
    updatedAt: time,
    respondBy: time,
    /** What was submitted, and the receipt, are gone since then. */
    purgedAt: time.optional(),
    declarationNumber: z.string().optional(),
    problems: z.array(problem).optional(),
    answer: answer.optional(),
    proposed: z
      .union([z.object({ version: z.int() }), z.object({ cancellation: z.literal(true) })])
      .optional(),
  })
  .meta({ id: 'Declaration' });

export type DeclarationAnswer = z.input<typeof declarationAnswer>;

export const declarationListAnswer = z.object({
  items: z.array(declarationAnswer),
  nextCursor: z.string().nullable(),
});

export const eventsQuery = z.strictObject({ limit: listLimit.optional(), cursor: positionCursor.optional() });

export const eventsAnswer = z.object({
  items: z.array(
    z.object({
      type: z.string(),
      at: time,
      version: z.int(),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
  nextCursor: z.string().nullable(),
});

export const poaAnswer = z.object({
  outcome: z.enum(REPORTED_OUTCOMES),
  version: z.int(),
  decidedAt: time,
  acknowledgementNumber: z.string(),
  acknowledgedAt: time,
  /** Absent when Customs held an outcome of its own, which an operator took over, and once it was purged. */
  receipt: z.string().optional(),
  purgedAt: time.optional(),
});
