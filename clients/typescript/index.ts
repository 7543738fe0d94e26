/** Consentry for customs brokers' systems: declare, follow, amend, and prove. */
import { createDeclarations, type Declarations } from './declarations.ts';
import { createEvents, type Events } from './events.ts';
import { createManifests, type Manifests } from './manifests.ts';
import { createTransport, type TransportOptions } from './transport.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

export type { Declarations, Keyed } from './declarations.ts';
export type { Events, FollowOptions } from './events.ts';
export type { Manifests, UploadOptions, WatchOptions } from './manifests.ts';
export { NoAnswer, ProblemError } from './problem.ts';
export { type Authentication, AuthenticationFailed } from './token.ts';
export type { TransportOptions } from './transport.ts';
export type * from './types.ts';
export { type ReceivedWebhook, verifyWebhook, type Webhooks } from './webhooks.ts';

/** A customs broker's side of Consentry. */
export interface ConsentryClient {
  declarations: Declarations;
  manifests: Manifests;
  webhooks: Webhooks;
  events: Events;
}

/** Holds a token and no connection: there is nothing to close. */
export function createClient(options: TransportOptions): ConsentryClient {
  const transport = createTransport(options);
  return {
    declarations: createDeclarations(transport),
    manifests: createManifests(transport),
    webhooks: createWebhooks(transport),
    events: createEvents(transport),
  };
}
