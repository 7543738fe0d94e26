/** `npm run bench:webhooks -- --help` */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { createDispatcher } from '../../activities/webhooks.ts';
import { claimDeliveries } from '../../db/webhooks/deliveries.ts';
import { createEndpoint } from '../../db/webhooks/endpoints.ts';
import { sequenceEvents } from '../../db/webhooks/sequence.ts';
import { networksOf } from '../../gateways/public-address.ts';
import { createWebhookGateway } from '../../gateways/webhook.ts';
import { tellBrokers } from '../../workers/webhooks.ts';
import { median } from '../load.ts';
import { type LogBench, openLogBench } from '../log/world.ts';
import { usageOf } from '../usage.ts';

const HELP = `npm run bench:webhooks -- [options]   Measures what telling brokers costs, on a durable Postgres; machines differ.

  --events N    events to sequence and deliver (default 12000)
  --help        this text
`;

const { values } = parseArgs({
  options: { events: { type: 'string', default: '12000' }, help: { type: 'boolean', default: false } },
});

const say = (line: string) => process.stderr.write(`${line}\n`);
/** Of one declaration, from its beginning to its confirmation. */
const EVENTS_EACH = 6;
/** Turns of single events with the trigger that queues them and without it. */
const ROUNDS = 10;

if (values.help) say(HELP);
else {
  const world = await openLogBench();
  const receiver = spawn(process.execPath, [fileURLToPath(new URL('receiver.mjs', import.meta.url))]);
  try {
    const [port] = (await once(receiver.stdout, 'data')) as [Buffer];
    await measure(world, `http://127.0.0.1:${String(port).trim()}/`, Number(values.events));
  } finally {
    receiver.kill();
    await world.stop();
  }
}

async function measure(world: LogBench, url: string, events: number): Promise<void> {
  const { pool, keys } = world;
  say(await recording(world));
  while ((await sequenceEvents(pool)) > 0);
  const { rows } = await pool.query<{ id: string }>('SELECT broker_id AS id FROM brokers');
  await createEndpoint({ pool, keys }, rows[0]?.id ?? '', { url, events: null });
  const count = await happen(world, events);
  const sequenced = await cost(world, async () => {
    while ((await sequenceEvents(pool)) > 0);
  });
  say(`sequencing: ${told(sequenced, count)}`);
  await pool.query('ANALYZE');
  await claims(world, count);
  const gateway = createWebhookGateway({ networks: networksOf(['127.0.0.0/8']), timeoutMs: 15_000 });
  const log = pino({ level: 'silent' });
  const dispatcher = createDispatcher({ db: { pool, keys }, gateway, log });
  const delivered = await cost(world, async () => {
    const telling = tellBrokers({ pool, dispatcher, log, everyMs: 500 });
    while ((await waiting(world)) > 0) await sleep(200);
    await telling.stop();
  });
  say(`claiming, signing, sending, marking: ${told(delivered, count)}`);
}

/** What one more event costs whoever records it. */
async function recording({ pool, declarations }: LogBench): Promise<string> {
  const measured = { with: [] as number[], without: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = round % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const);
    for (const which of order) {
      await pool.query(`ALTER TABLE events ${which === 'with' ? 'ENABLE' : 'DISABLE'} TRIGGER events_queued`);
      for (const { id } of declarations) {
        const began = performance.now();
        await pool.query({
          name: 'bench-event',
          text: `INSERT INTO events (declaration_id, type, version) VALUES ($1, 'declaration.lodging', 1)`,
          values: [id],
        });
        measured[which].push(performance.now() - began);
      }
    }
  }
  await pool.query('ALTER TABLE events ENABLE TRIGGER events_queued');
  const of = (samples: number[]) => `${median(samples).toFixed(2)} ms`;
  return `recording an event: ${of(measured.with)} with the queue, ${of(measured.without)} without`;
}

/** Declarations with six events each; how many events. */
async function happen({ pool }: LogBench, events: number): Promise<number> {
  const { rowCount } = await pool.query(
    `WITH d AS (
       INSERT INTO declarations (declaration_id, broker_id, poa_order, functional_reference, master_waybill, house_waybill,
         digest, respond_by)
       SELECT gen_random_uuid(), broker_id, 'declare-first', 'B-' || n, '29712345675', 'H' || n, '', now()
       FROM brokers, generate_series(1, $1::int) AS n RETURNING declaration_id),
     v AS (
       INSERT INTO declaration_versions (declaration_id, version, digest, respond_by, functional_reference, master_waybill,
         house_waybill, sealed, state)
       SELECT declaration_id, 1, '', now(), '', '', declaration_id::text, '', 'in-force' FROM d)
     INSERT INTO events (declaration_id, type, version)
     SELECT declaration_id, 'declaration.lodging', 1 FROM generate_series(1, ${EVENTS_EACH}) AS n, d`,
    [Math.ceil(events / EVENTS_EACH)],
  );
  return rowCount ?? 0;
}

/** What a look at the queue costs when everything waits, and when nothing can be claimed: it is paused, or the first of each were not taken. */
async function claims({ pool }: LogBench, count: number): Promise<void> {
  const look = async (free: number) => {
    const samples: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const began = performance.now();
      await claimDeliveries(pool, { free, ofBroker: 8, busy: new Map() });
      samples.push(performance.now() - began);
    }
    await pool.query('UPDATE webhook_deliveries SET due_at = now(), under_way = false');
    return `${median(samples).toFixed(1)} ms`;
  };
  const all = await look(64);
  await pool.query(`UPDATE webhook_endpoints SET paused_at = now(), probe_at = now() + interval '1 hour'`);
  const paused = await look(64);
  await pool.query('UPDATE webhook_endpoints SET paused_at = NULL, probe_at = NULL');
  await pool.query(
    `UPDATE webhook_deliveries SET due_at = now() + interval '1 hour'
     WHERE event_id IN (SELECT min(event_id) FROM webhook_deliveries GROUP BY about_id)`,
  );
  const behind = await look(64);
  say(
    `a claim with ${count} waiting: ${all}; while their endpoint is paused: ${paused}; behind one of each that was not taken: ${behind}`,
  );
}

async function waiting({ pool }: LogBench): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `SELECT count(*) AS n FROM webhook_deliveries WHERE status = 'waiting'`,
  );
  return rows[0]?.n ?? 0;
}

interface Cost {
  seconds: number;
  ownMs: number;
  postgresMs: number;
}

async function cost(world: LogBench, work: () => Promise<void>): Promise<Cost> {
  const [own, postgres, began] = [process.cpuUsage(), usageOf(world, 'postgres').cpuMs, performance.now()];
  await work();
  const { user, system } = process.cpuUsage(own);
  return {
    seconds: (performance.now() - began) / 1000,
    ownMs: (user + system) / 1000,
    postgresMs: usageOf(world, 'postgres').cpuMs - postgres,
  };
}

function told({ seconds, ownMs, postgresMs }: Cost, count: number): string {
  const each = (ms: number) => ((ms * 1000) / count).toFixed(0);
  return `${Math.round(count / seconds)}/s; CPU of 1,000: ${each(ownMs)} ms in the worker, ${each(postgresMs)} ms in Postgres`;
}
