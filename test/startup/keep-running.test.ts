import { expect, onTestFinished, test } from 'vitest';
import { keepRunning } from '../../scripts/up/keep-running.ts';
import { Supervisor } from '../../scripts/up/processes.ts';
import { temporaryDirectory } from './support.ts';

async function run(script: string): Promise<Supervisor> {
  const supervisor = new Supervisor(temporaryDirectory());
  onTestFinished(() => supervisor.close([['program']]));
  await supervisor.start({
    name: 'program',
    command: process.execPath,
    args: ['-e', script],
    ready: /ready/,
  });
  return supervisor;
}

test('a program that was killed is started again, and that is told', async () => {
  const supervisor = await run('console.log("ready"); setInterval(() => {}, 60_000)');
  const lines: string[] = [];
  keepRunning(supervisor, (line) => lines.push(line));
  const first = Number(supervisor.pid('program'));
  process.kill(first, 'SIGKILL');
  await expect.poll(() => supervisor.pid('program') ?? first, { timeout: 5_000 }).not.toBe(first);
  expect(lines).toEqual(['program ended (SIGKILL); it is started again.']);
});

test('a program that ends again and again is given up', async () => {
  const supervisor = await run('console.log("ready"); setTimeout(() => process.exit(1), 300)');
  const lines: string[] = [];
  await keepRunning(supervisor, (line) => lines.push(line));
  expect(lines).toHaveLength(6);
  expect(lines.at(-1)).toContain('program ended (exit code 1) once more');
});
