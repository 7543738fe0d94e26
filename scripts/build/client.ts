/**
 * `npm run client`: brokers' client for Node as one file, `dist/consentry-client.mjs`, with its types in `dist/client-types/`: to be handed to
 * brokers whose systems do not have this project.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OUT = process.argv[2] ?? 'dist';

await build({
  root: ROOT,
  configFile: false,
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: {
    ssr: 'clients/typescript/index.ts',
    outDir: OUT,
    emptyOutDir: false,
    target: 'node20',
    minify: false,
    rolldownOptions: { output: { entryFileNames: 'consentry-client.mjs' } },
  },
});

const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
execFileSync(process.execPath, [tsc, '-p', 'clients/typescript', '--outDir', join(OUT, 'client-types')], {
  cwd: ROOT,
  stdio: 'inherit',
});
