import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../../db/database.ts';
import { countLog, type LogCounts } from '../../db/log/published.ts';

const GAUGES: readonly [name: string, help: string, of: (counts: LogCounts) => number][] = [
  ['consentry_log_size', 'Leaves under the last published checkpoint', ({ size }) => size],
  ['consentry_log_queue', 'Outcomes that wait to be put into the log', ({ queued }) => queued],
  [
    'consentry_log_refused',
    'Outcomes of which no leaf can be made: npm run admin -- evidence audit',
    ({ refused }) => refused,
  ],
  [
    'consentry_log_alarm',
    '1: the log does not hold together, and nothing is appended',
    ({ alarm }) => Number(alarm),
  ],
];

/** The transparency log as operators watch it; nothing is told while the database is away. */
export function addLogGauges(registry: Registry, pool: Database['pool']): void {
  for (const [name, help, of] of GAUGES) {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const counts = await countLog(pool).catch(() => null);
        if (counts) this.set(of(counts));
        else this.remove();
      },
    });
  }
}
