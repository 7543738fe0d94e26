/**
 * `npm run verifier`: the offline verifier as one file, `dist/consentry-verify.mjs`, that needs Node ≥ 20 and nothing else: to be
 * handed to whoever checks packs without this project.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

await build({
  root: ROOT,
  configFile: false,
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: {
    ssr: 'scripts/verify.ts',
    outDir: process.argv[2] ?? 'dist',
    emptyOutDir: false,
    target: 'node20',
    minify: false,
    rolldownOptions: {
      output: { entryFileNames: 'consentry-verify.mjs', banner: '#!/usr/bin/env node' },
    },
  },
});
