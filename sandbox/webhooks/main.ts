/** Starts the sandbox's receiver of webhooks; README.md lists its variables. */
import { portFrom } from '../env.ts';
import { runProgram } from '../listen.ts';
import { createWebhooks } from './webhooks.ts';

await runProgram('webhooks', createWebhooks(), portFrom(process.env), process.env.LISTEN);
