import { defineConfig } from 'vitest/config';

/** Real processes on few cores: a few test files at a time, each in a process of its own. */
const common = {
  pool: 'forks' as const,
  environment: 'node' as const,
  testTimeout: 20_000,
  hookTimeout: 60_000,
  teardownTimeout: 20_000,
};

/**
 * Every state of every screen, every byte of a pack, every way through a hold or an operator's outage, which wait, and through real
 * programs what test/poa does with a worker alone: twice the time on two cores. `EXHAUSTIVE=1 npm test` runs them too.
 */
const EXHAUSTIVE = [
  'test/poa/sim-check-outage.test.ts',
  'test/registration/phone-change.test.ts',
  'test/evidence/pack/flips.test.ts',
  'test/app/{answer,attacks,connection,console-screens,harness,history,me,offline,push,registration,review,sandbox-pages}.test.ts',
  'test/e2e/{changes,demo,evidence,phone-change,sim}.test.ts',
  'test/race/phone-change-race.test.ts',
  'test/kill/manifest.test.ts',
];
const leftOut = process.env.EXHAUSTIVE === '1' ? [] : EXHAUSTIVE;

/** Suites that want much of the machine: after the rest, `files` at a time. Most of their time they wait. */
function suite(name: string, groupOrder: number, files: number, timeout: number, exclude: string[] = []) {
  return {
    test: {
      ...common,
      name,
      include: [`test/${name}/**/*.test.ts`],
      exclude,
      maxWorkers: files,
      testTimeout: timeout,
      hookTimeout: timeout,
      sequence: { groupOrder },
    },
  };
}

export default defineConfig({
  test: {
    // Once per run, also for all projects: addresses come to the tests by `inject` (test/support/).
    globalSetup: ['test/support/global-setup.ts'],
    projects: [
      {
        test: {
          ...common,
          name: 'rules',
          include: ['test/**/*.test.ts'],
          // Of the app's tests those without a browser.
          exclude: [
            'test/{workflows,startup,e2e,race,kill}/**',
            'test/app/!(unit)/**',
            'test/app/*.test.ts',
            ...leftOut,
          ],
          // Much of their time they wait, for timers and for counterparts that are out.
          maxWorkers: 3,
          // The SDK takes a second to load: once for each process, not once for each file.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      // The clock of the time-skipping server is one for all that use it.
      suite('workflows', 1, 1, 60_000),
      suite('startup', 2, 2, 240_000),
      suite('race', 2, 2, 240_000, leftOut),
      suite('e2e', 3, 2, 120_000, leftOut),
      suite('app', 3, 2, 120_000, ['test/app/unit/**', ...leftOut]),
      suite('kill', 4, 2, 300_000, leftOut),
    ],
  },
});
