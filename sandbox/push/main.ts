/** Starts the sandbox's push service and SMS gateway; README.md lists its variables. */
import { pagesFrom, portFrom, required, stateFileFrom } from '../env.ts';
import { runProgram } from '../listen.ts';
import { createPush } from './push.ts';

const { env } = process;
const push = createPush({ smsToken: required('SMS_TOKEN', env), ...stateFileFrom(env), ...pagesFrom(env) });
await runProgram('push', push, portFrom(env), env.LISTEN);
