/** Starts the sandbox's operator; README.md lists its variables. */
import { pagesFrom, portFrom, required, stateFileFrom } from '../env.ts';
import { runProgram } from '../listen.ts';
import { createTelecom } from './telecom.ts';

const { env } = process;
const telecom = createTelecom({
  clientId: required('TELECOM_CLIENT_ID', env),
  clientSecret: required('TELECOM_CLIENT_SECRET', env),
  redirectUris: required('TELECOM_REDIRECT_URIS', env).split(','),
  ...stateFileFrom(env),
  ...pagesFrom(env),
});
await runProgram('telecom', telecom, portFrom(env), env.LISTEN);
