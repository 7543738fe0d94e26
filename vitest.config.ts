import { defineConfig } from 'vitest/config';

/** Real processes on few cores: two test files at a time, each in a process of its own. */
const common = {
  pool: 'forks' as const,
  environment: 'node' as const,
  testTimeout: 20_000,
  hookTimeout: 60_000,
  teardownTimeout: 20_000,
};

/**
 * Every state of every screen, every byte of a pack: twice the time on two cores. `EXHAUSTIVE=1 npm test` runs them
 * too.
 */
const EXHAUSTIVE = [
  'test/evidence/pack/flips.test.ts',
  'test/app/{answer,attacks,connection,harness,history,me,offline,push,review,sandbox-pages}.test.ts',
  'test/e2e/evidence.test.ts',
];
const leftOut = process.env.EXHAUSTIVE === '1' ? [] : EXHAUSTIVE;

/** Suites that want the machine for themselves: one file at a time, after the rest. */
function serial(name: string, groupOrder: number, timeout: number, exclude: string[] = []) {
  return {
    test: {
      ...common,
      name,
      include: [`test/${name}/**/*.test.ts`],
      exclude,
      fileParallelism: false,
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
    maxWorkers: 2,
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
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      // The clock of the time-skipping server is one for all that use it.
      serial('workflows', 1, 60_000),
      serial('startup', 2, 240_000),
      serial('e2e', 3, 120_000, leftOut),
      serial('app', 4, 120_000, ['test/app/unit/**', ...leftOut]),
      serial('race', 5, 180_000),
      serial('kill', 6, 300_000),
    ],
  },
});
