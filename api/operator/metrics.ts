import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../../db/database.ts';
import { countsForOperators, type OperatorCounts } from '../../db/operator-counts.ts';
import { addLogGauges } from '../log/gauges.ts';

/** What operators scrape. */
export interface Metrics {
  registry: Registry;
  /** Open streams of server-sent events. */
  eventStreams: Gauge;
  observe(route: string, method: string, status: number, seconds: number): void;
}

/** Upper bounds, s: an answer to a person should be in the first half. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function createMetrics({ pool }: Database): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'consentry_http_request_seconds',
    help: 'HTTP requests by route pattern',
    labelNames: ['route', 'method', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  });
  new Gauge({
    name: 'consentry_declarations',
    help: 'Unfinished declarations by status',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      const counts = await counted(pool);
      this.reset();
      for (const { status, count } of counts?.declarations ?? []) this.set({ status }, count);
    },
  });
  new Gauge({
    name: 'consentry_waiting',
    help: 'What waits: reports not acknowledged, consents not judged, those of them that wait for a telecom operator, waybills open at two brokers, notices that Customs has not taken or has refused, open fraud cases, webhook endpoints that are paused, webhooks not delivered, events not in the feed yet',
    labelNames: ['what'],
    registers: [registry],
    async collect() {
      const counts = await counted(pool);
      this.reset();
      for (const [what, count] of Object.entries(counts?.waiting ?? {})) this.set({ what }, count);
    },
  });
  addLogGauges(registry, pool);
  const eventStreams = new Gauge({
    name: 'consentry_event_streams',
    help: 'Apps that are open now and are told of changes',
    registers: [registry],
  });
  return {
    registry,
    eventStreams,
    observe: (route, method, status, seconds) => requests.observe({ route, method, status }, seconds),
  };
}

/** Null while the database is away: what this process knows by itself is told all the same. */
const counted = (pool: Database['pool']): Promise<OperatorCounts | null> =>
  countsForOperators(pool).catch(() => null);
