/** Queries and answers of `/v1/manifests`. What a line must look like is a single declaration's. */
import { z } from 'zod';
import { CSV_MEMBERS } from '../../domain/csv-columns.ts';
import { isUuid } from '../../domain/ids.ts';
import { LINE_RESULTS, MANIFEST_KINDS, MANIFEST_STATUSES } from '../../domain/manifest.ts';
import { POA_STATUSES } from '../../domain/poa-state.ts';
import { problemSchema } from '../route.ts';
import { cursor, listLimit } from './declaration.ts';

export const manifestParams = z.object({ manifestId: z.string().refine(isUuid) });

export const manifestListQuery = z.strictObject({ limit: listLimit.optional(), cursor: cursor.optional() });

/** An opaque place in a manifest: the line after which it goes on. */
export const encodeLineCursor = (line: number): string => Buffer.from(`l${line}`).toString('base64url');

const lineCursor = z
  .string()
  .max(64)
  .transform((text, context) => {
    const line = /^l([1-9]\d{0,8})$/.exec(Buffer.from(text, 'base64url').toString('latin1'))?.[1];
    if (line !== undefined && encodeLineCursor(Number(line)) === text) return Number(line);
    context.addIssue({ code: 'custom', message: 'is not a cursor of this list' });
    return z.NEVER;
  });

export const lineListQuery = z.strictObject({
  result: z.enum(LINE_RESULTS).optional(),
  limit: listLimit.optional(),
  cursor: lineCursor.optional(),
});

/** How a CSV is to be read; `columns` is JSON. */
export const uploadQuery = z.strictObject({
  columns: z
    .string()
    .max(8 * 1024)
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(
      z.partialRecord(
        z.enum(CSV_MEMBERS),
        z.union([z.string().min(1), z.strictObject({ fixed: z.string().min(1) })]),
      ),
    )
    .optional()
    .meta({
      description:
        'CSV only. JSON: where a member comes from, a column by its heading or the same for all, such as {"houseWaybill": "HAWB", "goods.currency": {"fixed": "USD"}}. Left out: the column with the name of the member.',
    }),
  delimiter: z.enum([',', ';', '\t']).optional().meta({ description: 'CSV only; a comma unless given.' }),
});

export const manifestReceived = z.object({ manifestId: z.uuid() }).meta({ id: 'ManifestReceived' });

const time = z.iso.datetime({ offset: true });

/** `waiting`: not answered yet. */
export const lineCounts = z.object({
  total: z.int(),
  waiting: z.int(),
  accepted: z.int(),
  rejected: z.int(),
});

export const manifestSummary = z
  .object({
    manifestId: z.uuid(),
    kind: z.enum(MANIFEST_KINDS),
    status: z.enum(MANIFEST_STATUSES),
    createdAt: time,
    receivedAt: time.optional(),
    completedAt: time.optional(),
    lines: lineCounts,
  })
  .meta({ id: 'ManifestSummary' });

export const manifestAnswer = manifestSummary
  .extend({
    /** How many of its declarations have each status now. */
    declarations: z.partialRecord(z.enum(POA_STATUSES), z.int()),
  })
  .meta({ id: 'Manifest' });

export const manifestListAnswer = z.object({
  items: z.array(manifestSummary),
  nextCursor: z.string().nullable(),
});

export const lineListAnswer = z.object({
  items: z.array(
    z.object({
      line: z.int(),
      /** Absent while the line waits. */
      result: z.enum(LINE_RESULTS).optional(),
      declarationId: z.uuid().optional(),
      houseWaybill: z.string().optional(),
      /** Of a correction: the version that it made; absent where nothing was to be changed. */
      version: z.int().optional(),
      /** Of a correction that its process has not judged yet. */
      proposed: z.object({ version: z.int() }).optional(),
      problem: problemSchema.optional(),
    }),
  ),
  nextCursor: z.string().nullable(),
});
