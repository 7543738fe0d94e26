/** What the console's API answers: the types of its schemas, without the schemas. */
import type { z } from 'zod';
import type {
  actsAnswer,
  consoleSessionAnswer,
  flightsAnswer,
  invitationAnswer,
  newInvitationAnswer,
  userAnswer,
  usersAnswer,
} from '../../api/schemas/console.ts';
import type {
  declarationAnswer,
  declarationListAnswer,
  eventsAnswer,
  poaAnswer,
} from '../../api/schemas/declaration.ts';
import type {
  lineListAnswer,
  manifestAnswer,
  manifestListAnswer,
  manifestSummary,
} from '../../api/schemas/manifest.ts';
import type {
  deliveryAnswer,
  deliveryListAnswer,
  endpointAnswer,
  endpointListAnswer,
} from '../../api/schemas/webhook.ts';

export type Manifest = z.output<typeof manifestAnswer>;
export type ManifestSummary = z.output<typeof manifestSummary>;
export type ManifestList = z.output<typeof manifestListAnswer>;
export type LineList = z.output<typeof lineListAnswer>;
export type Line = LineList['items'][number];
export type Who = z.output<typeof consoleSessionAnswer>;
export type Invitation = z.output<typeof invitationAnswer>;
export type NewInvitation = z.output<typeof newInvitationAnswer>;
export type User = z.output<typeof userAnswer>;
export type Users = z.output<typeof usersAnswer>;
export type Flights = z.output<typeof flightsAnswer>;
export type Flight = Flights['items'][number];
export type Acts = z.output<typeof actsAnswer>;
export type Act = Acts['items'][number];
export type Declaration = z.output<typeof declarationAnswer>;
export type DeclarationList = z.output<typeof declarationListAnswer>;
export type Events = z.output<typeof eventsAnswer>;
export type Endpoint = z.output<typeof endpointAnswer>;
export type Endpoints = z.output<typeof endpointListAnswer>;
export type Delivery = z.output<typeof deliveryAnswer>;
export type Deliveries = z.output<typeof deliveryListAnswer>;
export type Poa = z.output<typeof poaAnswer>;
