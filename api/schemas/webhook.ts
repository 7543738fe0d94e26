/** Bodies, queries and answers of `/v1/webhook-endpoints` and `/v1/events`. */
import { z } from 'zod';
import { FRAUD_CASE_KINDS, FRAUD_RESOLUTIONS } from '../../domain/fraud-case.ts';
import { isUuid } from '../../domain/ids.ts';
import { WEBHOOK_URL_MAX_LENGTH } from '../../domain/limits.ts';
import { MANIFEST_KINDS } from '../../domain/manifest.ts';
import { POA_STATUSES } from '../../domain/poa-state.ts';
import {
  ALL_EVENTS,
  DELIVERY_FAILURES,
  DELIVERY_STATUSES,
  ENDPOINT_STATUSES,
  EVENT_TYPES,
} from '../../domain/webhook.ts';
import { cursor, listLimit, positionCursor } from './declaration.ts';
import { lineCounts } from './manifest.ts';

const time = z.iso.datetime({ offset: true });
const id = z.string().refine(isUuid);

export const endpointParams = z.object({ endpointId: id });
export const deliveryParams = z.object({ endpointId: id, messageId: id });

const events = z
  .array(z.enum([ALL_EVENTS, ...EVENT_TYPES]))
  .min(1)
  .max(EVENT_TYPES.length + 1);

export const newEndpoint = z
  .strictObject({
    /** https; what it must be besides is checked where it is connected to, too. */
    url: z.string().max(WEBHOOK_URL_MAX_LENGTH),
    /** `*`: all, also those that come to be. */
    events,
  })
  .meta({
    example: {
      url: 'https://broker.example/consentry',
      events: ['declaration.confirmed', 'declaration.declined'],
    },
  });

const failure = z.object({ code: z.enum(DELIVERY_FAILURES), httpStatus: z.int().optional() });

const endpoint = z.object({
  id: z.uuid(),
  url: z.string(),
  events,
  status: z.enum(ENDPOINT_STATUSES),
  createdAt: time,
  /** Since then nothing was taken. */
  failingSince: time.optional(),
  lastFailure: failure.optional(),
  /** Since then nothing is sent, but a message at a time to find out whether it is back: the next at `probeAt`, if at all. */
  pausedAt: time.optional(),
  probeAt: time.optional(),
  /** Until then the secret before the present one signs, too. */
  earlierSecretUntil: time.optional(),
});

export const endpointAnswer = endpoint.meta({ id: 'WebhookEndpoint' });
export const endpointListAnswer = z.object({ items: z.array(endpointAnswer) });
const secret = z
  .string()
  .meta({ description: 'Shown this once', example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' });
export const endpointCreated = endpoint.extend({ secret }).meta({ id: 'NewWebhookEndpoint' });
export const secretRotated = z.object({ secret, earlierSecretUntil: time });

export const deliveryListQuery = z.strictObject({
  status: z.enum(DELIVERY_STATUSES).optional(),
  limit: listLimit.optional(),
  cursor: cursor.optional(),
});

export const deliveryAnswer = z
  .object({
    /** Of the event, as in `webhook-id` and in the feed. */
    id: z.uuid(),
    type: z.string(),
    /** What it is about: the one or the other. */
    declarationId: z.uuid().optional(),
    manifestId: z.uuid().optional(),
    status: z.enum(DELIVERY_STATUSES),
    attempts: z.int(),
    createdAt: time,
    nextAttemptAt: time.optional(),
    finishedAt: time.optional(),
    lastFailure: failure.optional(),
  })
  .meta({ id: 'WebhookDelivery' });
export const deliveryListAnswer = z.object({
  items: z.array(deliveryAnswer),
  nextCursor: z.string().nullable(),
});

export const feedQuery = z.strictObject({ cursor: positionCursor.optional(), limit: listLimit.optional() });

const declarationNews = z.object({
  declarationId: z.uuid(),
  functionalReference: z.string(),
  houseWaybill: z.string(),
  version: z.int(),
  status: z.enum(POA_STATUSES).optional(),
  at: time,
  reason: z.string().optional(),
  lines: z.array(z.int()).optional(),
  note: z.string().optional(),
  code: z.string().optional(),
  caseId: z.uuid().optional(),
  kind: z.enum(FRAUD_CASE_KINDS).optional(),
  resolution: z.enum(FRAUD_RESOLUTIONS).optional(),
});

/** Of `manifest.…`: how many of its lines had which answer then. */
const manifestNews = z.object({
  manifestId: z.uuid(),
  kind: z.enum(MANIFEST_KINDS),
  at: time,
  lines: lineCounts,
});

export const feedAnswer = z.object({
  items: z.array(
    z
      .object({
        id: z.uuid(),
        type: z.string(),
        timestamp: time,
        data: z.union([declarationNews, manifestNews]),
      })
      .meta({ id: 'Event' }),
  ),
  /** Where to go on from, also when nothing is left for now. */
  nextCursor: z.string(),
});
