/** `npm run build:app`: builds the importers' app, when needed, and says how large it is. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { APP_DIRECTORY, buildApp } from './build.ts';

const id = await buildApp(console.log);
const assets = join(APP_DIRECTORY, 'assets');
const sizes = readdirSync(assets)
  .filter((name) => name.endsWith('.br'))
  .map(
    (name) =>
      `  ${name.replace(/\.br$/, '')}: ${(statSync(join(assets, name)).size / 1024).toFixed(1)} KiB (br)`,
  );
console.log([`app ${id}`, ...sizes].join('\n'));
