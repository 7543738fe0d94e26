/** Starts the sandbox's Customs; README.md lists its variables. */
import { pagesFrom, portFrom, required, stateFileFrom } from '../env.ts';
import { runProgram } from '../listen.ts';
import { createCustoms } from './customs.ts';

const { env } = process;
const customs = createCustoms({
  token: required('CUSTOMS_TOKEN', env),
  ...(env.CONSENTRY_URL && {
    consentry: { url: env.CONSENTRY_URL, token: required('CONSENTRY_TOKEN', env) },
  }),
  ...stateFileFrom(env),
  ...pagesFrom(env),
});
await runProgram('customs', customs, portFrom(env), env.LISTEN);
