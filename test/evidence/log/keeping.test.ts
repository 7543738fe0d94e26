/** The log as a worker keeps it. */
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAlarm } from '../../../db/log/alarm.ts';
import { latestCheckpoint, pruneCheckpoints } from '../../../db/log/tree.ts';
import { createSequencer } from '../../../evidence/log/sequencer.ts';
import { checkTiles, tellFinding } from '../../../evidence/log/tiles-check.ts';
import { keepLog } from '../../../workers/log.ts';
import {
  appendAll,
  behindTheBack,
  createLogWorld,
  type LogWorld,
  settleOutcomes,
} from '../../support/log-world.ts';

let world: LogWorld;
let keeping: ReturnType<typeof keepLog> | undefined;
let lines: { level: number; kind?: string; detail?: string }[];

beforeEach(async () => {
  world = await createLogWorld();
  lines = [];
});
afterEach(async () => {
  await keeping?.stop();
  await world?.close();
});

const start = () => {
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  keeping = keepLog({ pool: world.pool, sequencer: world.sequencer, log, everyMs: 20 });
};
const size = async () => (await latestCheckpoint(world.pool))?.size;
const queued = async () => Number((await world.pool.query('SELECT count(*) FROM log_queue')).rows[0].count);

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it never held');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a worker', () => {
  it('appends what is settled while it runs, without being told', async () => {
    start();
    await settleOutcomes(world, 3);
    await until(async () => (await size()) === 3);
    await settleOutcomes(world, 2);
    await until(async () => (await size()) === 5);
    expect(lines).toEqual([]);
  });

  it('finds at its start that a leaf was edited: one alarm, and what is settled goes on being kept', async () => {
    await settleOutcomes(world, 600);
    await appendAll(world.sequencer);
    await behindTheBack(world.pool, (db) =>
      db.query(
        'UPDATE log_leaves SET entry = set_byte(entry, 9, get_byte(entry, 9) # 1) WHERE leaf_index = 77',
      ),
    );
    start();
    await until(async () => (await openAlarm(world.pool)) !== null);
    await settleOutcomes(world, 4);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([await queued(), await size()]).toEqual([4, 600]);
    expect(lines).toMatchObject([{ level: 50, kind: 'edited', detail: 'leaf 77 was changed' }]);
    await keeping?.stop();
    start();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(lines).toHaveLength(1);
  });

  it('that loses a database tries again, and raises no alarm', async () => {
    const away = createSequencer({
      ...world.deps,
      heads: { ...world.deps.heads, read: () => Promise.reject(new Error('away')) },
    });
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    keeping = keepLog({ pool: world.pool, sequencer: away, log, everyMs: 20 });
    await until(async () => lines.length > 0);
    expect(lines[0]).toMatchObject({ level: 40, error: 'Error' });
    expect(await openAlarm(world.pool)).toBe(null);
  });
});

describe('the check of the whole tree', () => {
  const found = async () => {
    const findings = [];
    for await (const some of checkTiles(world.pool, (await size()) ?? 0))
      findings.push(...some.map(tellFinding));
    return findings;
  };
  const COUNT = 2 * 256 + 40;

  it('finds every leaf that was changed or taken away, and every tile', async () => {
    await settleOutcomes(world, COUNT);
    await appendAll(world.sequencer);
    expect(await found()).toEqual([]);
    await behindTheBack(world.pool, async (db) => {
      await db.query(
        'UPDATE log_leaves SET entry = set_byte(entry, 32, get_byte(entry, 32) # 1) WHERE leaf_index = 0',
      );
      await db.query('DELETE FROM log_leaves WHERE leaf_index IN (300, 551)');
    });
    expect(await found()).toEqual(['leaf 0 was changed', 'leaf 300 is gone', 'leaf 551 is gone']);
    await behindTheBack(world.pool, (db) =>
      db.query(`UPDATE log_tiles SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) WHERE level = 1`),
    );
    expect(await found()).toContain('tile 0/0 is not what was signed');
    await behindTheBack(world.pool, (db) =>
      db.query('DELETE FROM log_tiles WHERE level = 0 AND tile_index = 2'),
    );
    expect(await found()).toContain('tile 0/2 is not what was signed');
  });
});

describe('checkpoints', () => {
  it('are kept for a day, then only the last one and those that a witness signed', async () => {
    for (let i = 0; i < 4; i++) {
      await settleOutcomes(world, 1);
      await appendAll(world.sequencer);
    }
    await world.pool.query(
      `INSERT INTO log_cosignatures (tree_size, key_name, key_id, signed_at, line) VALUES (2, 'a', 'b', now(), 'c')`,
    );
    const sizes = async () =>
      (await world.pool.query('SELECT tree_size FROM log_checkpoints ORDER BY tree_size')).rows.map(
        (row) => row.tree_size,
      );
    await pruneCheckpoints(world.pool);
    expect(await sizes()).toEqual([0, 1, 2, 3, 4]);
    await world.pool.query(`UPDATE log_checkpoints SET signed_at = now() - interval '25 hours'`);
    await pruneCheckpoints(world.pool);
    expect(await sizes()).toEqual([2, 4]);
  });
});
