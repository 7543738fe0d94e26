/** A manifest as large as one may be: the API takes it in without growing. Linux tells how much memory a process had at most. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MANIFEST_MAX_BYTES, MANIFEST_MAX_LINES } from '../../domain/limits.ts';
import { type BrokerClient, logInBroker, submission } from '../support/broker-client.ts';
import { ndjson, upload } from '../support/manifests.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const MIB = 1024 * 1024;
/** Measured: 20 with batches of 100 lines (what the collector has not taken back yet), 62 with the lines all at once. */
const GROWTH_MIB = 40;

let stack: TestStack;
let broker: BrokerClient;
beforeAll(async () => {
  // Nobody takes the lines: what is looked at is the API.
  stack = await startTestStack({ workers: 0, env: { LOG_LEVEL: 'warn' } });
  const [first] = stack.endpoints.brokers;
  if (!first) throw new Error('the sandbox has brokers');
  broker = await logInBroker(stack.endpoints.api, first.clientId, first.clientSecret);
});
afterAll(() => stack?.stop());

/** The API's process: a child of this one. */
function apiPid(): number {
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  const pid = children.find((child) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('api/main.ts'),
  );
  if (pid === undefined) throw new Error('the API is not among the children');
  return Number(pid);
}

/** `proc(5)`: VmRSS now, VmHWM at most since it was set back; bytes. */
function memory(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const [, kib] =
    new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}
const setBackPeak = (pid: number) => writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** Of so many lines, and nearly so many bytes. */
function manifestOf(lines: number, bytes: number): string {
  const description = (length: number) =>
    submission().goods.map((line) => ({ ...line, description: 'x'.repeat(length) }));
  const bare = ndjson([submission({ goods: description(1) })]).length;
  const goods = description(Math.floor(bytes / lines) - bare - 8);
  return ndjson(Array.from({ length: lines }, () => submission({ goods })));
}

test.runIf(process.platform === 'linux')(
  'of 10,000 lines and nearly 16 MiB leaves the API’s memory flat',
  async () => {
    const pid = apiPid();
    const send = async (body: string) => expect((await upload(broker, body)).status).toBe(202);
    for (let i = 0; i < 6; i++) await send(manifestOf(500, MIB));
    setBackPeak(pid);
    const before = memory(pid, 'VmRSS');
    const whole = manifestOf(MANIFEST_MAX_LINES, MANIFEST_MAX_BYTES);
    expect(whole.length).toBeGreaterThan(MANIFEST_MAX_BYTES * 0.95);
    await send(whole);
    const grown = (memory(pid, 'VmHWM') - before) / MIB;
    expect(grown).toBeLessThan(GROWTH_MIB);
  },
);
