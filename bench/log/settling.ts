import { median } from '../load.ts';
import { type LogBench, settleMany } from './world.ts';

const ROUNDS = 20;
const EACH = 50;

/** What queueing costs the transaction that settles: single outcomes, each committed, by turns with the trigger and without. */
export async function settling(world: LogBench): Promise<string> {
  const measured = { with: [] as number[], without: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const);
    for (const which of order) {
      await switchQueueing(world.pool, which === 'with');
      for (let i = 0; i < EACH; i++) {
        const began = performance.now();
        await settleMany(world, 1);
        measured[which].push(performance.now() - began);
      }
    }
  }
  await switchQueueing(world.pool, true);
  await world.pool.query('DELETE FROM log_queue');
  const told = (samples: number[]) => median(samples).toFixed(2);
  return `settling one outcome: ${told(measured.with)} ms with the log, ${told(measured.without)} ms without (medians of ${ROUNDS * EACH}, by turns)`;
}

/** Without it nothing is put into the log. */
export const switchQueueing = (pool: LogBench['pool'], on: boolean) =>
  pool.query(`ALTER TABLE version_outcomes ${on ? 'ENABLE' : 'DISABLE'} TRIGGER version_outcomes_logged`);
