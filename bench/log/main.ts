/** `npm run bench:log -- --help` */
import { parseArgs } from 'node:util';
import { latestCheckpoint, readTiles } from '../../db/log/tree.ts';
import { proveConsistency, proveInclusion, type ReadTiles } from '../../evidence/log/proofs.ts';
import { checkTiles } from '../../evidence/log/tiles-check.ts';
import { median, percentile } from '../load.ts';
import { latency } from '../measure.ts';
import { usageOf } from '../usage.ts';
import { createWorld } from '../world.ts';
import { settling, switchQueueing } from './settling.ts';
import { fill, type LogBench, openLogBench, settleMany } from './world.ts';

const HELP = `npm run bench:log -- [options]   Measures the transparency log on a durable Postgres; machines differ.

  --leaves N    leaves to append (default 1000000)
  --pairs N     pairs of confirm → acknowledged, with the log and without (default 3; 0 leaves it out)
  --rate N      answers per second in those (default 25)
  --seconds N   length of each (default 10)
  --help        this text
`;

const { values } = parseArgs({
  options: {
    leaves: { type: 'string', default: '1000000' },
    pairs: { type: 'string', default: '3' },
    rate: { type: 'string', default: '25' },
    seconds: { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string) => process.stderr.write(`${line}\n`);
/** Outcomes settled at a time, between measurements. */
const CHUNK = 5_000;
const APPENDS = 4;
const PROOFS = 500;
const MB = 2 ** 20;

if (values.help) say(HELP);
else {
  if (Number(values.leaves) > 0) await measureLog(Number(values.leaves));
  if (Number(values.pairs) > 0)
    await measureLatency(Number(values.pairs), Number(values.rate), Number(values.seconds));
}

async function measureLog(leaves: number): Promise<void> {
  const world = await openLogBench();
  try {
    say(await settling(world));
    await append(world, leaves);
    const { size = 0 } = (await latestCheckpoint(world.pool)) ?? {};
    const read: ReadTiles = (ids) => readTiles(world.pool, ids);
    const any = (below: number) => Math.floor(Math.random() * below);
    await proofs('inclusion', () => proveInclusion(read, any(size), size));
    await proofs('consistency', () => proveConsistency(read, 1 + any(size), size));
    await wholeCheck(world, size);
    await sizes(world, size);
  } finally {
    await world.stop();
  }
}

/** At the log's beginning and at its end: what an append costs must not grow with the tree. */
async function append(world: LogBench, leaves: number): Promise<void> {
  await world.sequencer.turn();
  say(`append into an empty log: ${await rate(world)}`);
  await fill(world, leaves - APPENDS * CHUNK);
  say(`append into one of ${leaves}: ${await rate(world)}`);
  say(`memory: ${Math.round(process.memoryUsage.rss() / MB)} MB`);
}

/** Through the queue: the best of some, since the machine is shared, and what a leaf costs, which does not depend on that. */
async function rate(world: LogBench): Promise<string> {
  const measured: number[] = [];
  const cpuMs = { own: 0, postgres: 0 };
  for (let i = 0; i < APPENDS; i++) {
    await settleMany(world, CHUNK);
    const [own, postgres, began] = [process.cpuUsage(), usageOf(world, 'postgres').cpuMs, performance.now()];
    while ((await world.sequencer.turn()).kind === 'appended');
    measured.push((CHUNK * 1000) / (performance.now() - began));
    const { user, system } = process.cpuUsage(own);
    cpuMs.own += (user + system) / 1000;
    cpuMs.postgres += usageOf(world, 'postgres').cpuMs - postgres;
  }
  const each = (ms: number) => ((ms * 1000) / (APPENDS * CHUNK)).toFixed(0);
  return `${Math.round(Math.max(...measured))} leaves/s; CPU of 1,000 leaves: ${each(cpuMs.own)} ms here, ${each(cpuMs.postgres)} ms in Postgres`;
}

async function proofs(what: string, prove: () => Promise<Buffer[]>): Promise<void> {
  const samples: number[] = [];
  let hashes = 0;
  for (let i = 0; i < PROOFS; i++) {
    const began = performance.now();
    hashes = Math.max(hashes, (await prove()).length);
    samples.push(performance.now() - began);
  }
  say(
    `${what} proof: p50 ${median(samples).toFixed(1)} ms, p99 ${percentile(samples, 0.99).toFixed(1)} ms, at most ${hashes} hashes`,
  );
}

async function wholeCheck({ pool }: LogBench, size: number): Promise<void> {
  const began = performance.now();
  for await (const findings of checkTiles(pool, size))
    if (findings.length > 0) throw new Error('not as signed');
  say(`check of the whole tree: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

async function sizes({ pool }: LogBench, size: number): Promise<void> {
  const { rows } = await pool.query<{ name: string; bytes: string }>(
    `SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class
     WHERE relname IN ('log_leaves', 'log_tiles', 'log_checkpoints') ORDER BY relname`,
  );
  for (const { name, bytes } of rows)
    say(`${name}: ${(Number(bytes) / MB).toFixed(0)} MB, ${(Number(bytes) / size).toFixed(0)} bytes a leaf`);
}

/** In one world, by turns, so that both see the same machine: with the trigger that queues, and without it. */
async function measureLatency(pairs: number, rate: number, seconds: number): Promise<void> {
  const world = await createWorld({ variant: 'consentry', synchronous: 'full' });
  const { pool } = world.db;
  const measured = { with: [] as number[], without: [] as number[] };
  try {
    await latency(world, 'consentry', rate, 3);
    for (let pair = 0; pair < pairs; pair++) {
      const order = pair % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const);
      for (const which of order) {
        await switchQueueing(pool, which === 'with');
        const { p50, p99 } = await latency(world, 'consentry', rate, seconds);
        measured[which].push(p50);
        say(`confirm → acknowledged ${which} the log: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
      }
    }
  } finally {
    await world.stop();
  }
  say(
    `median of p50: ${median(measured.with).toFixed(1)} ms with the log, ${median(measured.without).toFixed(1)} ms without`,
  );
}
