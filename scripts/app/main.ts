/** `npm run build:app`: builds the importers' app and the console, when needed, and says how large they are. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { APP_DIRECTORY, buildApp } from './build.ts';

const id = await buildApp(console.log);
const sizes = ['assets', 'console/assets'].flatMap((folder) =>
  readdirSync(join(APP_DIRECTORY, folder))
    .filter((name) => name.endsWith('.br'))
    .map((name) => {
      const { size } = statSync(join(APP_DIRECTORY, folder, name));
      return `  ${folder}/${name.replace(/\.br$/, '')}: ${(size / 1024).toFixed(1)} KiB (br)`;
    }),
);
console.log([`app ${id}`, ...sizes].join('\n'));
