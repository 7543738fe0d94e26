/** The worker's program. */
import { pino } from 'pino';
import { readConfig } from '../config.ts';
import { bundleWorkflows } from './bundle.ts';
import { runWorker } from './run.ts';

const config = readConfig();
const log = pino({ level: config.LOG_LEVEL, name: 'worker' });
const prebuilt = config.WORKFLOW_BUNDLE;
await runWorker(config, log, async () => (prebuilt ? { codePath: prebuilt } : bundleWorkflows(log)));
