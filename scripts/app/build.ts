/** Builds the importers' app (`app/src`) into `app/dist`, and a broker's console (`app/console`) below it, when they have changed. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { ROOT } from '../up/paths.ts';

const APP = join(ROOT, 'app');
export const APP_DIRECTORY = join(APP, 'dist');
/** In `dist`, what it was built from. */
const STAMP = 'build-id';
/** What the app is made of, besides its own folder. */
const INPUTS = ['app', 'domain', 'scripts/app', 'package-lock.json'];
const COMPRESSED = /\.(html|js|css|svg|webmanifest)$/;
/** Left out of what the service worker keeps: itself, and what only the installation needs. */
const NOT_KEPT = /^\/(sw\.js|.*\.webmanifest|icon-512\.png|icon-maskable-512\.png|apple-touch-icon\.png)$/;

/** Returns the build's id. Quick when there is nothing to do; safe when two do it at once. */
export async function buildApp(print: (line: string) => void = () => {}): Promise<string> {
  const id = buildId();
  const stamp = join(APP_DIRECTORY, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === id) return id;
  print('Building the app …');
  const fresh = `${APP_DIRECTORY}-${process.pid}`;
  try {
    await build(fresh, id);
    writeFileSync(join(fresh, STAMP), id);
    rmSync(APP_DIRECTORY, { recursive: true, force: true });
    renameSync(fresh, APP_DIRECTORY);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return id;
}

/** Content hash of everything that the app is made of: 12 hex digits. */
export function buildId(): string {
  const hash = createHash('sha256');
  for (const input of INPUTS) {
    for (const file of filesIn(join(ROOT, input))) {
      const path = relative(ROOT, file).split(sep).join('/');
      if (!path.startsWith('app/dist'))
        hash.update(path).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex').slice(0, 12);
}

async function build(outDir: string, id: string): Promise<void> {
  const vite = await import('vite');
  const common = {
    configFile: join(APP, 'vite.config.ts'),
    logLevel: 'warn' as const,
    define: { __BUILD__: JSON.stringify(id) },
  };
  await vite.build({ ...common, build: { outDir } });
  const shell = filesIn(outDir)
    .map((file) => `/${relative(outDir, file).split(sep).join('/')}`)
    .map((address) => (address === '/index.html' ? '/' : address))
    .filter((address) => !NOT_KEPT.test(address));
  await vite.build({
    ...common,
    define: { ...common.define, __SHELL__: JSON.stringify(shell) },
    publicDir: false,
    build: {
      outDir,
      emptyOutDir: false,
      // One classic script: module workers are not everywhere yet.
      lib: {
        entry: join(APP, 'src/sw/service-worker.ts'),
        formats: ['iife'],
        name: 'sw',
        fileName: () => 'sw.js',
      },
    },
  });
  await vite.build({
    ...common,
    configFile: join(APP, 'console', 'vite.config.ts'),
    build: { outDir: join(outDir, 'console') },
  });
  for (const file of filesIn(outDir).filter((name) => COMPRESSED.test(name))) compress(file);
}

/** Beside each text its smaller forms: made once, with patience, instead of at every request. */
function compress(file: string): void {
  const bytes = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}

/** Every file under a folder, or the file itself, in a fixed order. */
function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesIn(join(path, entry.name)) : [join(path, entry.name)]));
}
