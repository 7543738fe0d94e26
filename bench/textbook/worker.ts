/** The worker of the textbook variant: the product's activities under its own workflow. */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { pino } from 'pino';
import { readConfig } from '../../config.ts';
import { runWorker } from '../../workers/run.ts';

const config = readConfig();
const log = pino({ level: config.LOG_LEVEL, name: 'textbook worker' });
const workflowsPath = fileURLToPath(new URL('./workflow.ts', import.meta.url));
await runWorker(config, log, () => bundleWorkflowCode({ workflowsPath }));
