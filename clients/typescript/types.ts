/** What is sent and answered, from the very schemas that the API checks with. */
import type { z } from 'zod';
import type {
  cancellationSchema,
  declarationAnswer,
  eventsAnswer,
  poaAnswer,
} from '../../api/schemas/declaration.ts';
import type { lineListAnswer, manifestAnswer, manifestSummary } from '../../api/schemas/manifest.ts';
import type {
  deliveryAnswer,
  endpointAnswer,
  endpointCreated,
  feedAnswer,
  newEndpoint,
  secretRotated,
} from '../../api/schemas/webhook.ts';
import type { ColumnMap } from '../../domain/csv-columns.ts';
import type { submissionSchema } from '../../domain/declaration-schema.ts';
import type { LineResult } from '../../domain/manifest.ts';
import type { PoaStatus } from '../../domain/poa-state.ts';
import type { DELIVERY_STATUSES } from '../../domain/webhook.ts';

export type { ErrorCode, Problem } from '../../domain/error-code.ts';
export type { ColumnMap, LineResult, PoaStatus };

/** Body of a declaration, and of an amendment. Money and quantities are decimal strings. */
export type Submission = z.input<typeof submissionSchema>;
export type Declaration = z.input<typeof declarationAnswer>;
export type DeclarationEvent = z.input<typeof eventsAnswer>['items'][number];
export type Cancellation = z.input<typeof cancellationSchema>;
export type Poa = z.input<typeof poaAnswer>;

export type Manifest = z.input<typeof manifestAnswer>;
/** In a list: its declarations are counted when it is asked for alone. */
export type ManifestSummary = z.input<typeof manifestSummary>;
export type ManifestLine = z.input<typeof lineListAnswer>['items'][number];

export type NewWebhookEndpoint = z.input<typeof newEndpoint>;
export type WebhookEndpoint = z.input<typeof endpointAnswer>;
export type CreatedWebhookEndpoint = z.input<typeof endpointCreated>;
export type RotatedSecret = z.input<typeof secretRotated>;
export type WebhookDelivery = z.input<typeof deliveryAnswer>;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** As the feed tells it; a webhook's body is the same without its `id`, which is in its header. */
export type ConsentryEvent = z.input<typeof feedAnswer>['items'][number];

/** All filters are optional; times are RFC 3339. */
export interface DeclarationFilter {
  status?: PoaStatus;
  houseWaybill?: string;
  search?: string;
  flight?: string;
  importDate?: string;
  updatedSince?: string;
}
