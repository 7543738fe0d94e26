/** `npm run bench -- --help` */
import { parseArgs } from 'node:util';
import { median } from './load.ts';
import { costs, idle, latency, strandedByKill, throughput } from './measure.ts';
import { type BenchWorld, createWorld, type Variant } from './world.ts';

const HELP = `npm run bench -- [options]   Measures the POA process with everything real; not a test, machines differ.

  --processes N     POAs from start to Customs' acknowledgement, each run (default 400)
  --pairs N         pairs of runs, ours and the textbook variant (default 1; 5 for a report)
  --synchronous S   full or normal: SQLite of the Temporal dev server (default full)
  --rate N          answers per second for confirm → acknowledged (default 25)
  --seconds N       length of that measurement (default 20)
  --waiting N       processes that wait, for the idle costs (default 2000; 0 leaves it out)
  --json            the last line is one JSON object
  --help            this text
`;

const values = readOptions();
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const synchronous = values.synchronous === 'normal' ? 'normal' : 'full';
const [processes, pairs, rate, seconds, waiting] = [
  values.processes,
  values.pairs,
  values.rate,
  values.seconds,
  values.waiting,
].map(Number) as [number, number, number, number, number];

/** The happy path of a customs-started POA may cost the Temporal server this many state transitions. */
const MAX_TRANSITIONS = 5;

const say = (line: string) => process.stderr.write(`${line}\n`);

function readOptions() {
  try {
    return parseArgs({
      options: {
        processes: { type: 'string', default: '400' },
        pairs: { type: 'string', default: '1' },
        synchronous: { type: 'string', default: 'full' },
        rate: { type: 'string', default: '25' },
        seconds: { type: 'string', default: '20' },
        waiting: { type: 'string', default: '2000' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    process.exit(2);
  }
}

async function inWorld<T>(variant: Variant, work: (world: BenchWorld) => Promise<T>): Promise<T> {
  const world = await createWorld({ variant, synchronous });
  try {
    return await work(world);
  } finally {
    await world.stop();
  }
}

const ours: number[] = [];
const textbook: number[] = [];
let cpuMsPerProcess: Record<string, number> = {};
for (let pair = 1; pair <= pairs; pair++) {
  const run = (variant: Variant) => inWorld(variant, (world) => throughput(world, variant, processes));
  const a = await run('consentry');
  const b = await run('textbook');
  cpuMsPerProcess = a.cpuMsPerProcess;
  ours.push(a.processesPerSecond);
  textbook.push(b.processesPerSecond);
  say(`pair ${pair}: ${a.processesPerSecond.toFixed(1)}/s, textbook ${b.processesPerSecond.toFixed(1)}/s`);
}
const textbookCosts = await inWorld('textbook', (world) => costs(world, 'textbook', 10));
const rest = await inWorld('consentry', async (world) => {
  const cost = await costs(world, 'consentry', 10);
  say(`one POA: ${JSON.stringify(cost)}; textbook: ${JSON.stringify(textbookCosts)}`);
  const confirmToAcknowledgedMs = await latency(world, 'consentry', rate, seconds);
  say(`confirm → acknowledged at ${rate}/s, ms: ${JSON.stringify(confirmToAcknowledgedMs)}`);
  const stranded = await strandedByKill(world, 'consentry', 100);
  say(`stranded by a SIGKILL of the worker: ${stranded} of 100`);
  const idleCosts = waiting > 0 ? await idle(world, waiting, 20) : null;
  say(`${waiting} waiting: ${JSON.stringify(idleCosts)}`);
  return { ...cost, confirmToAcknowledgedMs, stranded, idle: idleCosts };
});

const ratios = ours.map((value, i) => value / (textbook[i] ?? Number.NaN));
const report = {
  synchronous,
  pairs,
  processesPerSecond: median(ours),
  textbookPerSecond: median(textbook),
  ratio: median(ratios),
  cpuMsPerProcess,
  textbook: textbookCosts,
  ...rest,
};
say(
  `${report.processesPerSecond.toFixed(1)}/s, ${report.ratio.toFixed(2)} times the textbook (${synchronous})`,
);
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
const failed = rest.stateTransitions > MAX_TRANSITIONS || rest.stranded > 0;
if (failed) say(`GATE: at most ${MAX_TRANSITIONS} transitions and nothing stranded.`);
process.exit(failed ? 1 : 0);
