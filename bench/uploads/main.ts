/** `npm run bench:uploads -- --help` */
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { startStack } from '../../scripts/up/stack.ts';
import { type BrokerClient, logInBroker } from '../../test/support/broker-client.ts';
import { upload } from '../../test/support/manifests.ts';
import { removeData } from '../../test/support/stack-world.ts';
import { BODIES } from './bodies.ts';

const HELP = `npm run bench:uploads -- [options]   How long one broker's upload keeps everybody else waiting for the API.

  --help          this text

Of each body: its size, the answer, how long it took, and the slowest answer of /livez meanwhile (asked every 5 ms). No worker runs.
`;

const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } });
const say = (line: string) => process.stderr.write(`${line}\n`);

if (values.help) say(HELP);
else {
  const dataDir = mkdtempSync(join(tmpdir(), 'consentry-bench-'));
  const stack = await startStack({ dataDir, workers: 0, env: { LOG_LEVEL: 'warn' } });
  try {
    const { api, brokers } = stack.endpoints;
    const [first] = brokers;
    if (!first) throw new Error('the sandbox has brokers');
    const broker = await logInBroker(api, first.clientId, first.clientSecret);
    for (const body of BODIES) await measure(api, broker, body);
  } finally {
    await stack.stop();
    removeData(dataDir);
  }
}

async function measure(
  api: string,
  broker: BrokerClient,
  { name, type, make }: (typeof BODIES)[number],
): Promise<void> {
  const body = make();
  const prober = new Worker(new URL('./prober.mjs', import.meta.url), { workerData: api });
  await once(prober, 'online');
  const began = performance.now();
  const { status } = await upload(broker, body, { type });
  const took = performance.now() - began;
  prober.postMessage('stop');
  const [longest] = (await once(prober, 'message')) as [number];
  const size = (Buffer.byteLength(body) / 2 ** 20).toFixed(1);
  say(
    `${name.padEnd(40)} ${size.padStart(5)} MiB  ${status}  ${took.toFixed(0).padStart(5)} ms  slowest ${longest.toFixed(0).padStart(4)} ms`,
  );
}
