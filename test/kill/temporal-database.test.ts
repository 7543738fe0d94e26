/** What Temporal knew is lost: the processes go on from what the database knows, and nothing happens twice. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, test } from 'vitest';
import { PROCESSES, useFifty } from '../support/fifty.ts';

const fifty = useFifty();

describe("Temporal's database file deleted while fifty wait", () => {
  test.each([
    ['with the worker left running', false],
    ['with the worker stopped', true],
  ])('%s', async (_, stopWorker) => {
    const all = await fifty.declareAll();
    await fifty.untilItWorks(async () => {
      const { rows } = await fifty
        .database()
        .query<{ shown: number }>(
          `SELECT count(*) AS shown FROM declarations WHERE declaration_id = ANY($1) AND status = 'awaiting_importer'`,
          [all.map((told) => told.declarationId)],
        );
      if (rows[0]?.shown !== PROCESSES) throw new Error('not all are shown');
    });
    const { supervisor } = fifty.stack();
    if (stopWorker) await supervisor.stop('worker');
    await supervisor.kill('temporal', 'SIGKILL');
    for (const file of readdirSync(fifty.dataDir()).filter((name) => name.startsWith('temporal.db'))) {
      rmSync(join(fifty.dataDir(), file));
    }
    const half = fifty.answerAll(all.slice(0, PROCESSES / 2), 500);
    await sleep(500);
    await supervisor.restart('temporal');
    if (stopWorker) await supervisor.restart('worker');
    await half;
    await fifty.answerAll(all.slice(PROCESSES / 2), 1_000);
    await fifty.expectAllOnce(all);
  });
});
