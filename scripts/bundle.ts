/** Writes the workflow bundle to the file named: what a worker loads by `WORKFLOW_BUNDLE` instead of bundling at start. */
import { writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { bundleWorkflows } from '../workers/bundle.ts';

const [file] = process.argv.slice(2);
if (!file) throw new Error('usage: npm run bundle -- FILE');

const { code } = await bundleWorkflows(pino({ level: 'warn' }));
writeFileSync(file, code);
console.log(`${file}: ${Math.ceil(code.length / 1024)} KiB`);
