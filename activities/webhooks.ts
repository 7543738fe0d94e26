/**
 * Tells brokers' systems of events. Not an activity of Temporal's: a loop of the worker runs it (workers/webhooks.ts), since
 * what is to be done are rows already.
 */
import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import {
  type Claim,
  claimDeliveries,
  markDelivered,
  markFailed,
  type Taken,
} from '../db/webhooks/deliveries.ts';
import { openEndpoint, resumeEndpoint } from '../db/webhooks/endpoints.ts';
import { readMessages } from '../db/webhooks/messages.ts';
import { WEBHOOKS_AT_ONCE, WEBHOOKS_AT_ONCE_OF_BROKER } from '../domain/limits.ts';
import type { EventMessage } from '../domain/webhook.ts';
import type { WebhookAnswer, WebhookGateway } from '../gateways/webhook.ts';

export interface DispatcherDeps {
  db: Pick<Database, 'pool' | 'keys'>;
  gateway: Pick<WebhookGateway, 'send'>;
  log: Logger;
  /** 0 to 1. */
  random?: () => number;
  /** Messages under way at once: of all brokers, and of one. */
  atOnce?: number;
  atOnceOfBroker?: number;
}

export interface Dispatcher {
  /** Marks what was taken, claims what is due, as far as there is room, and begins to send it; how many. */
  turn(): Promise<number>;
  /** Resolves when one of those under way is over; never while none is. */
  oneDone(): Promise<void>;
  /** Resolves when none is under way, and what was taken is marked. */
  idle(): Promise<void>;
}

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { db, log, atOnce = WEBHOOKS_AT_ONCE, atOnceOfBroker = WEBHOOKS_AT_ONCE_OF_BROKER } = deps;
  const underWay = new Set<Promise<void>>();
  const busy = new Map<string, number>();
  const resumed = new Set<Promise<unknown>>();
  /** Marked together: a transaction for each would cost more than all the rest. */
  let taken: Taken[] = [];

  const count = (brokerId: string, change: 1 | -1) => {
    const now = (busy.get(brokerId) ?? 0) + change;
    if (now === 0) busy.delete(brokerId);
    else busy.set(brokerId, now);
  };

  function begin(claim: Claim, message: EventMessage | undefined): void {
    count(claim.brokerId, 1);
    // A database that is away leaves the claim to its lease.
    const sending = deliver(deps, claim, message)
      .then((answer) => {
        if (answer?.taken) taken.push({ claim, httpStatus: answer.httpStatus });
      })
      .catch((error: Error) => log.warn({ error: error.name }, 'a webhook could not be marked'))
      .finally(() => {
        count(claim.brokerId, -1);
        underWay.delete(sending);
      });
    underWay.add(sending);
  }

  /** While the database is away they are kept, and marked by a later turn. */
  async function markTaken(): Promise<void> {
    const some = taken;
    taken = [];
    try {
      for (const { brokerId, endpointId } of await markDelivered(db.pool, some)) resume(brokerId, endpointId);
    } catch (error) {
      taken = [...some, ...taken];
      throw error;
    }
  }

  /** All else that waits for it is due; meanwhile others go on. */
  function resume(brokerId: string, endpointId: string): void {
    const resuming = resumeEndpoint(db.pool, brokerId, endpointId)
      // It stays paused, and its next probe shows again that it works.
      .catch((error: Error) =>
        log.warn({ endpointId, error: error.name }, 'a webhook endpoint was not resumed'),
      )
      .finally(() => resumed.delete(resuming));
    resumed.add(resuming);
  }

  return {
    async turn() {
      await markTaken();
      const free = atOnce - underWay.size;
      if (free <= 0) return 0;
      const claims = await claimDeliveries(db.pool, { free, ofBroker: atOnceOfBroker, busy });
      const messages = await readMessages(db, claims);
      for (const claim of claims) begin(claim, messages.get(claim.eventId));
      return claims.length;
    },
    oneDone: () => (underWay.size > 0 ? Promise.race(underWay) : new Promise(() => {})),
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
      await markTaken();
      await Promise.all(resumed);
    },
  };
}

/** Sends one, and marks it where it failed. Null: it was deleted while it was claimed, and there is nobody to tell. */
async function deliver(
  { db, gateway, random = Math.random }: DispatcherDeps,
  claim: Claim,
  message: EventMessage | undefined,
): Promise<WebhookAnswer | null> {
  const answer = message ? await send(db, gateway, claim, message) : null;
  if (answer && !answer.taken) await markFailed(db.pool, claim, { ...answer, random: random() });
  return answer;
}

async function send(
  { keys }: Pick<Database, 'keys'>,
  gateway: DispatcherDeps['gateway'],
  { endpointId, sealed }: Claim,
  { id, ...content }: EventMessage,
): Promise<WebhookAnswer | null> {
  const key = await keys.get(endpointId);
  if (!key) return null;
  return gateway.send({
    ...openEndpoint(key, endpointId, sealed, Date.now()),
    id,
    body: JSON.stringify(content),
  });
}
