/** `npm run bench:fairness -- --help` */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ConsentryClient, createClient } from '../../clients/typescript/index.ts';
import { submission } from '../../test/support/broker-client.ts';
import { ndjson } from '../../test/support/manifests.ts';
import { atRate, createWatcher, median, percentile, type Watcher } from '../load.ts';
import { type BenchWorld, createWorld } from '../world.ts';

const HELP = `npm run bench:fairness -- [options]   What one broker's manifest does to another's single declarations.

  --lines N       lines of the manifest that floods (default 1500)
  --singles N     declarations of the other broker, alone and beside it (default 60)
  --rate N        of them in a second (default 2)
  --help          this text

Start → notified: from before the call until its consignee is asked. Machines differ: the factor is what counts.
`;

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '1500' },
    singles: { type: 'string', default: '60' },
    rate: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
});

const told = (samples: readonly number[]): string =>
  `p50 ${Math.round(median(samples))} ms, p99 ${Math.round(percentile(samples, 0.99))} ms`;

const ratio = (a: readonly number[], b: readonly number[], p: number): string =>
  (percentile(a, p) / percentile(b, p)).toFixed(1);

const say = (line: string) => process.stderr.write(`${line}\n`);

if (values.help) say(HELP);
else {
  const world = await createWorld({ variant: 'consentry', synchronous: 'full' });
  try {
    await measure(world, Number(values.lines), Number(values.singles), Number(values.rate));
  } finally {
    await world.stop();
  }
}

async function measure(world: BenchWorld, lines: number, singles: number, rate: number): Promise<void> {
  const [flooding, other] = world.stack.endpoints.brokers.map(({ clientId, clientSecret }) =>
    createClient({ url: world.stack.endpoints.api, authentication: { clientId, clientSecret } }),
  );
  if (!flooding || !other) throw new Error('the sandbox has two brokers');
  const watcher = createWatcher(world);
  try {
    // The first ones find everything cold.
    await notified(other, watcher, 10, rate);
    const alone = await notified(other, watcher, singles, rate);
    say(`alone:            ${told(alone)}`);
    const manifestId = await flood(flooding, lines);
    const before = await flooding.manifests.get(manifestId);
    const began = performance.now();
    const beside = await notified(other, watcher, singles, rate);
    const { lines: done } = await flooding.manifests.get(manifestId);
    const took = (before.lines.waiting - done.waiting) / ((performance.now() - began) / 1_000);
    say(
      `beside the flood: ${told(beside)}   (${took.toFixed(1)} lines/s of it; ${done.waiting} of ${done.total} still waited at the end)`,
    );
    say(`factor: p50 ${ratio(beside, alone, 0.5)}, p99 ${ratio(beside, alone, 0.99)}`);
  } finally {
    await watcher.stop();
  }
}

/** Start → notified of single declarations at a steady rate, ms. */
async function notified(
  client: ConsentryClient,
  watcher: Watcher,
  count: number,
  rate: number,
): Promise<number[]> {
  const took: number[] = [];
  await atRate(count, rate, async () => {
    const began = performance.now();
    const { declarationId } = await client.declarations.create(submission());
    await watcher.reach(declarationId, 'awaiting_importer');
    took.push(performance.now() - began);
  });
  return took;
}

async function flood(client: ConsentryClient, lines: number): Promise<string> {
  const file = join(tmpdir(), `consentry-flood-${process.pid}.ndjson`);
  writeFileSync(file, ndjson(Array.from({ length: lines }, () => submission())));
  try {
    return await client.manifests.upload(file);
  } finally {
    rmSync(file);
  }
}
