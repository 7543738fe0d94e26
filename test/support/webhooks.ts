/** Brokers with endpoints at the sandbox's receiver, and the worker's loops turned by hand: what is due is due by its row. */
import type { Pool } from 'pg';
import { pino } from 'pino';
import { createDispatcher } from '../../activities/webhooks.ts';
import { seal, unseal } from '../../db/seal.ts';
import { sequenceEvents } from '../../db/webhooks/sequence.ts';
import type { DeclarationNews, EventMessage } from '../../domain/webhook.ts';
import { networksOf } from '../../gateways/public-address.ts';
import { createWebhookGateway, type WebhookGateway } from '../../gateways/webhook.ts';
import { createWebhooks } from '../../sandbox/webhooks/webhooks.ts';
import { createApiWorld, LOOPBACK, OTHER_BOX_NUMBER } from './api-world.ts';
import { type BrokerClient, connectBroker } from './broker-client.ts';
import { BOX_NUMBER, bindPerson, keepConsent } from './poa-fixtures.ts';
import { call } from './stand-in.ts';

/** As the sandbox's receiver tells of it. */
export interface Received {
  id: string;
  timestamp: string;
  verifiedBy: number[];
  signatures: number;
  body: Omit<EventMessage, 'id' | 'data'> & { data: DeclarationNews };
}

export type WebhookWorld = Awaited<ReturnType<typeof createWebhookWorld>>;

export async function createWebhookWorld() {
  const world = await createApiWorld();
  const receiver = await createWebhooks().listen(0);
  const broker = await connectBroker(world.url, world.pool, BOX_NUMBER);
  const other = await connectBroker(world.url, world.pool, OTHER_BOX_NUMBER);
  const gateway = createWebhookGateway({ networks: networksOf(LOOPBACK), timeoutMs: 300 });
  const control = async (method: string, path: string, body?: object) =>
    (await call(method, `${receiver.url}/_control${path}`, { body })).body;
  let hooks = 0;

  return {
    ...world,
    broker,
    other,
    gateway,
    receiver,
    /** An endpoint at a hook of its own, which knows its secret. */
    async endpoint(of: BrokerClient = broker, events: string[] = ['*']) {
      const hook = `hook-${++hooks}`;
      const url = `${receiver.url}/hooks/${hook}`;
      const { body } = await of.request('POST', '/v1/webhook-endpoints', { body: { url, events } });
      const answers = (answer: object = {}, secrets: string[] = [body.secret]) =>
        control('PUT', `/hooks/${hook}`, { secrets, answer });
      await answers();
      return {
        ...(body as { id: string; secret: string }),
        path: `/v1/webhook-endpoints/${body.id}`,
        hook,
        answers,
        received: async (): Promise<Received[]> => control('GET', `/messages?hook=${hook}`),
      };
    },
    /** A broker may have ten: each test makes its own. */
    async deleteEndpoints(): Promise<void> {
      for (const of of [broker, other]) {
        const { items } = (await of.get('/v1/webhook-endpoints')).body;
        for (const { id } of items) await of.request('DELETE', `/v1/webhook-endpoints/${id}`);
      }
    },
    receivedBy: async (hook: string): Promise<Received[]> => control('GET', `/messages?hook=${hook}`),
    fault: (hook: string, fault: object) => control('POST', '/faults', { route: `/hooks/${hook}`, ...fault }),
    /** A declaration of the broker's, as the API takes it: it has its first event. */
    async declared(of: BrokerClient = broker): Promise<string> {
      return (await of.declare()).body.declarationId;
    },
    /** Its person's answer "declined", as it is kept and judged. */
    async declined(
      declarationId: string,
      { reason, ...words }: { reason: string; lines: number[]; note: string },
    ) {
      const subjectId = await bindPerson(world);
      await world.pool.query(
        'UPDATE declaration_versions SET shown_to = $2, shown_at = now() WHERE declaration_id = $1',
        [declarationId, subjectId],
      );
      const consentId = await keepConsent(world, declarationId, 'declined', 1, words);
      await world.pool.query(`UPDATE consents SET verdict = 'accepted', reason = $2 WHERE consent_id = $1`, [
        consentId,
        reason,
      ]);
    },
    /** The time of the secret before the present one is over. */
    async ageSecrets(endpointId: string): Promise<void> {
      const key = await world.db.keys.get(endpointId);
      const { rows } = await world.pool.query<{ sealed: Buffer }>(
        'SELECT sealed FROM webhook_endpoints WHERE endpoint_id = $1',
        [endpointId],
      );
      if (!key || !rows[0]) throw new Error('no such endpoint');
      const at = `webhook_endpoints/${endpointId}/sealed` as const;
      const contents = unseal(key, at, rows[0].sealed) as { secrets: { until: string | null }[] };
      const secrets = contents.secrets.map((secret) => ({
        ...secret,
        until: secret.until && new Date(Date.now() - 1).toISOString(),
      }));
      await world.pool.query('UPDATE webhook_endpoints SET sealed = $2 WHERE endpoint_id = $1', [
        endpointId,
        seal(key, at, { ...contents, secrets }),
      ]);
    },
    /** One more event of it, as a step of its process records it. */
    happened: (declarationId: string, ...types: string[]) => happened(world.pool, declarationId, types),
    /** Both loops, until there is nothing that they could do. */
    async tell(through: Pick<WebhookGateway, 'send'> = gateway): Promise<void> {
      while ((await sequenceEvents(world.pool)) > 0);
      const dispatcher = createDispatcher({ db: world.db, gateway: through, log: pino({ level: 'silent' }) });
      while ((await dispatcher.turn()) > 0) await dispatcher.idle();
    },
    /** So much time passes for what waits at the endpoint, and for the endpoint. */
    async later(endpointId: string, interval: string): Promise<void> {
      await world.pool.query(
        `UPDATE webhook_deliveries SET due_at = due_at - $2::interval, expires_at = expires_at - $2::interval,
           finished_at = finished_at - $2::interval WHERE endpoint_id = $1`,
        [endpointId, interval],
      );
      await world.pool.query(
        'UPDATE webhook_endpoints SET probe_at = probe_at - $2::interval WHERE endpoint_id = $1',
        [endpointId, interval],
      );
    },
    close: async () => {
      await receiver.close();
      await world.close();
    },
  };
}

async function happened(pool: Pool, declarationId: string, types: readonly string[]): Promise<void> {
  await pool.query(
    `INSERT INTO events (declaration_id, type, version) SELECT $1, type, 1 FROM unnest($2::text[]) AS type`,
    [declarationId, types.map((type) => `declaration.${type}`)],
  );
}
