/** `npm run secrets [-- --production]`: writes `.env` for docker-compose.yml, once; it never overwrites one. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { envFile } from './env-file.ts';

const { values } = parseArgs({
  options: {
    production: { type: 'boolean', default: false },
    file: { type: 'string', default: '.env' },
  },
});

const kind = values.production ? 'production' : 'sandbox';
try {
  writeFileSync(values.file, await envFile(kind), { mode: 0o600, flag: 'wx' });
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  console.error(
    `${values.file} is there already. Its keys open the data; move it away first if you mean to lose that.`,
  );
  process.exit(1);
}
const next = values.production ? 'fill in what is empty in it, then' : 'next';
console.log(`${values.file} written (${kind}), readable by you alone; ${next}: docker compose up --build`);
