import { setTimeout as sleep } from 'node:timers/promises';
import { poaWorkflowId } from '../domain/ids.ts';
import { atRate, confirm, createWatcher, inParallel, median, percentile, startPoa } from './load.ts';
import { committed, PARTS, usage } from './usage.ts';
import { type BenchWorld, startWorker, type Variant } from './world.ts';

/** POAs in flight while the throughput is measured. */
const AT_ONCE = 32;

/** From start to Customs' acknowledgement, as many as go through. */
export async function throughput(world: BenchWorld, variant: Variant, count: number) {
  const watcher = createWatcher(world);
  const whole = async () => {
    await confirm(world, watcher, variant, await startPoa(world, watcher));
  };
  await inParallel(AT_ONCE, AT_ONCE, whole);
  const before = usage(world);
  const began = performance.now();
  await inParallel(count, AT_ONCE, whole);
  const seconds = (performance.now() - began) / 1000;
  const after = usage(world);
  await watcher.stop();
  const cpuMsPerProcess = Object.fromEntries(
    PARTS.map((part) => [part, (after[part].cpuMs - before[part].cpuMs) / count]),
  );
  return { processesPerSecond: count / seconds, cpuMsPerProcess };
}

/** What one POA costs the Temporal server, read back from it: medians. */
export async function costs(world: BenchWorld, variant: Variant, samples: number) {
  const watcher = createWatcher(world);
  const measured = [];
  for (let i = 0; i < samples; i++) {
    const id = await startPoa(world, watcher);
    await confirm(world, watcher, variant, id);
    const handle = world.client.workflow.getHandle(poaWorkflowId(id));
    await handle.result();
    const { raw } = await handle.describe();
    measured.push({
      transitions: Number(raw.workflowExecutionInfo?.stateTransitionCount),
      events: Number(raw.workflowExecutionInfo?.historyLength),
      bytes: Number(raw.workflowExecutionInfo?.historySizeBytes),
    });
  }
  await watcher.stop();
  return {
    stateTransitions: median(measured.map((m) => m.transitions)),
    historyEvents: median(measured.map((m) => m.events)),
    historyBytes: median(measured.map((m) => m.bytes)),
  };
}

/** Confirm → acknowledged by Customs while answers come at a steady rate. */
export async function latency(world: BenchWorld, variant: Variant, perSecond: number, seconds: number) {
  const watcher = createWatcher(world);
  const count = perSecond * seconds;
  const ids: string[] = [];
  await inParallel(count, AT_ONCE, async () => void ids.push(await startPoa(world, watcher)));
  await sleep(2_000);
  const samples: number[] = [];
  await atRate(count, perSecond, async (index) => {
    const id = ids[index];
    if (id) samples.push(await confirm(world, watcher, variant, id));
  });
  await watcher.stop();
  return { p50: percentile(samples, 0.5), p99: percentile(samples, 0.99), samples: samples.length };
}

/** What `count` people cost who have not answered yet. */
export async function idle(world: BenchWorld, count: number, seconds: number) {
  const watcher = createWatcher(world);
  await inParallel(count, AT_ONCE, async () => void (await startPoa(world, watcher)));
  await watcher.stop();
  await sleep(5_000);
  const [before, transactions] = [usage(world), await committed(world)];
  await sleep(seconds * 1000);
  const after = usage(world);
  const share = (part: (typeof PARTS)[number]) => ({
    cpuPercent: (after[part].cpuMs - before[part].cpuMs) / (seconds * 10),
    rssMb: after[part].rssMb,
  });
  return {
    waiting: count,
    postgres: share('postgres'),
    temporal: share('temporal'),
    worker: share('worker'),
    transactionsPerSecond: ((await committed(world)) - transactions) / seconds,
  };
}

/** Kills the worker in the middle of `count` POAs and starts another; how many did not end. */
export async function strandedByKill(world: BenchWorld, variant: Variant, count: number): Promise<number> {
  const watcher = createWatcher(world);
  let ended = 0;
  const all = inParallel(count, AT_ONCE, async () => {
    await confirm(world, watcher, variant, await startPoa(world, watcher));
    ended++;
  });
  while (ended < count / 3) await sleep(20);
  await world.stack.supervisor.kill('worker', 'SIGKILL');
  await startWorker(world.stack, variant);
  await Promise.race([all, sleep(90_000, undefined, { ref: false })]);
  await watcher.stop();
  return count - ended;
}
