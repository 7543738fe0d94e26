/** What Customs asks and is answered when it checks. */
import { z } from 'zod';
import { plainText } from '../../domain/declaration-schema.ts';
import { FRAUD_CASE_KINDS, FRAUD_RESOLUTIONS } from '../../domain/fraud-case.ts';
import { EXPORT_MAX_PACKS, NOTE_MAX_LENGTH } from '../../domain/limits.ts';
import { REPORTED_OUTCOMES } from '../../domain/outcome.ts';
import { dayOrMoment } from '../moments.ts';
import { cursor, listLimit, waybillFilter } from './declaration.ts';

/** Characters of an officer's name, or of a reason. */
const LOOKED_UP_BY_MAX_LENGTH = 200;

/** Percent-encoded UTF-8: header fields carry ASCII (RFC 9110 §5.5). */
const headerText = z
  .string()
  .regex(/^[\x20-\x7e]*$/, 'visible ASCII, the rest percent-encoded UTF-8')
  .transform((text, context) => {
    try {
      return decodeURIComponent(text);
    } catch {
      context.addIssue('is not percent-encoded UTF-8');
      return z.NEVER;
    }
  })
  .pipe(plainText(LOOKED_UP_BY_MAX_LENGTH));

/** Who looks, and why: kept, and shown to the person. In headers, which are logged by nobody on the way. */
export const lookupHeaders = z.object({
  'x-officer': headerText.optional(),
  'x-lookup-reason': headerText.optional(),
});

/** Who holds or releases, and why: kept. The same headers as of a look-up. */
export const holdHeaders = z.object({ 'x-officer': headerText, 'x-lookup-reason': headerText });

export const holdAnswer = z
  .object({ declarationId: z.uuid(), heldSince: z.iso.datetime() })
  .meta({ id: 'Hold' });

const FILTERS = [['declarationNumber'], ['houseWaybill'], ['from', 'to']] as const;

/** Exactly one kind of filter; a span of time has both ends. */
export const poaSearchQuery = z
  .strictObject({
    declarationNumber: waybillFilter.optional(),
    houseWaybill: waybillFilter.optional(),
    /** Decided on that day in Taiwan or after it, or from that moment on. */
    from: dayOrMoment.optional(),
    /** Decided until the end of that day, or before that moment. */
    to: dayOrMoment.optional(),
    limit: listLimit.optional(),
    cursor: cursor.optional(),
  })
  .refine(
    (query) =>
      FILTERS.filter((members) => members.some((member) => query[member] !== undefined)).length === 1 &&
      (query.from === undefined) === (query.to === undefined),
    'needs one of declarationNumber, houseWaybill, or from with to',
  );

/** Of packs: a span of time, and where an earlier page ended. */
export const exportQuery = z.strictObject({
  /** Decided on that day in Taiwan or after it, or from that moment on. */
  from: dayOrMoment,
  /** Decided until the end of that day, or before that moment. */
  to: dayOrMoment,
  limit: z.coerce.number().int().min(1).max(EXPORT_MAX_PACKS).optional(),
  cursor: cursor.optional(),
});

const moment = z.iso.datetime();

export const foundPoas = z
  .object({
    items: z.array(
      z.object({
        declarationId: z.uuid(),
        declarationNumber: z.string().optional(),
        houseWaybill: z.string(),
        masterWaybill: z.string(),
        brokerBoxNumber: z.string(),
        version: z.int(),
        outcome: z.enum(REPORTED_OUTCOMES),
        decidedAt: moment,
        acknowledgementNumber: z.string().optional(),
        acknowledgedAt: moment.optional(),
        /** Absent for an outcome that Customs held of its own, and once it was purged. */
        receipt: z.string().optional(),
        /** Nothing personal of it is left since then. */
        purgedAt: moment.optional(),
      }),
    ),
    nextCursor: z.string().optional(),
  })
  .meta({ id: 'FoundPoas' });

export const caseParams = z.object({ caseId: z.uuid() });

export const caseSearchQuery = z.strictObject({
  status: z.enum(['open', 'resolved']).optional(),
  limit: listLimit.optional(),
  cursor: cursor.optional(),
});

const resolution = z.enum(FRAUD_RESOLUTIONS).meta({
  description:
    'substantiated: somebody used the identity; unsubstantiated: nothing shows that; withdrawn: the person took it back',
});

export const foundCases = z
  .object({
    items: z.array(
      z.object({
        caseId: z.uuid(),
        kind: z.enum(FRAUD_CASE_KINDS),
        declarationId: z.uuid(),
        declarationNumber: z.string().optional(),
        houseWaybill: z.string(),
        masterWaybill: z.string(),
        brokerBoxNumber: z.string(),
        version: z.int(),
        openedAt: moment,
        /** What the person wrote. */
        note: z.string().optional(),
        resolution: resolution.optional(),
        resolvedAt: moment.optional(),
      }),
    ),
    nextCursor: z.string().optional(),
  })
  .meta({ id: 'FoundFraudCases' });

export const resolutionBody = z
  .strictObject({
    resolution,
    /** Kept with the case, sealed; told to nobody else. */
    note: plainText(NOTE_MAX_LENGTH).optional(),
  })
  .meta({ example: { resolution: 'substantiated', note: 'The parcel held another name.' } });

export const resolvedCase = z
  .object({ caseId: z.uuid(), declarationId: z.uuid(), resolution, resolvedAt: moment })
  .meta({ id: 'ResolvedFraudCase' });
