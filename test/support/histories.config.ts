/** `npm run histories`: records the histories that `test/workflows/replay.test.ts` replays. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    include: ['test/support/record-*histories.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
