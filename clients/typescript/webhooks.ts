import { Webhook } from 'standardwebhooks';
import { everyItem } from './pages.ts';
import type { Transport } from './transport.ts';
import type {
  ConsentryEvent,
  CreatedWebhookEndpoint,
  DeliveryStatus,
  NewWebhookEndpoint,
  RotatedSecret,
  WebhookDelivery,
  WebhookEndpoint,
} from './types.ts';

export type Webhooks = ReturnType<typeof createWebhooks>;

/** `/v1/webhook-endpoints` */
export function createWebhooks(transport: Transport) {
  const { json, send } = transport;
  const path = '/v1/webhook-endpoints';
  const at = (id: string, rest = '') => `${path}/${encodeURIComponent(id)}${rest}`;

  return {
    /** Its `secret` is shown this once. */
    create: (endpoint: NewWebhookEndpoint) =>
      json<CreatedWebhookEndpoint>({ method: 'POST', path, body: JSON.stringify(endpoint) }),
    list: async () => (await json<{ items: WebhookEndpoint[] }>({ method: 'GET', path })).items,
    get: (id: string) => json<WebhookEndpoint>({ method: 'GET', path: at(id) }),
    remove: async (id: string): Promise<void> => {
      await send({ method: 'DELETE', path: at(id) });
    },
    /** For 24 h both secrets sign. */
    rotateSecret: (id: string) => json<RotatedSecret>({ method: 'POST', path: at(id, '/secret-rotation') }),
    /** It works again: what waits is sent. */
    resume: async (id: string): Promise<void> => {
      await send({ method: 'POST', path: at(id, '/resumption') });
    },
    deliveries: (id: string, status?: DeliveryStatus) =>
      everyItem<WebhookDelivery>(transport, at(id, '/deliveries'), { status }),
    redeliver: async (id: string, messageId: string): Promise<void> => {
      await send({
        method: 'POST',
        path: at(id, `/deliveries/${encodeURIComponent(messageId)}/redelivery`),
      });
    },
  };
}

/** A webhook as it came, whose id tells whether it came before. */
export interface ReceivedWebhook extends Omit<ConsentryEvent, 'id'> {
  /** Of the event, the same in the feed and however often it is delivered. */
  id: string;
}

/**
 * Checks a webhook over its bytes as they came, and reads it. Throws `WebhookVerificationError` (of `standardwebhooks`) when it is not
 * Consentry's, or older than five minutes.
 */
export function verifyWebhook(
  secret: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): ReceivedWebhook {
  const flat = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value ?? '')]),
  );
  const event = new Webhook(secret).verify(body, flat) as Omit<ConsentryEvent, 'id'>;
  return { ...event, id: flat['webhook-id'] ?? '' };
}
