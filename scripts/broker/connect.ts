import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { type Authentication, type ConsentryClient, createClient } from '../../clients/typescript/index.ts';
import type { Endpoints } from '../up/endpoints.ts';
import { DATA_DIRECTORY } from '../up/paths.ts';
import { type Terminal, UsageError, type Values } from './command.ts';

export const SETTINGS = `Settings come from the environment: CONSENTRY_URL and CONSENTRY_CLIENT_ID, with CONSENTRY_CLIENT_SECRET or a key:
CONSENTRY_PRIVATE_KEY_FILE (a JWK with its "kid"). Without CONSENTRY_URL they are those of the stack that npm start runs in this checkout.
Exit codes: 0 done, 1 refused, failed or with rejected lines, 2 not understood, 130 ended by Ctrl-C.`;

/** Throws `UsageError` when it is not said where and as whom. */
export function connect({ env, signal }: Terminal, { data, broker }: Values): ConsentryClient {
  const { CONSENTRY_URL: url, CONSENTRY_CLIENT_ID: clientId } = env;
  if (url === undefined) return local(data ?? DATA_DIRECTORY, broker, signal);
  if (!clientId) throw new UsageError('CONSENTRY_CLIENT_ID is needed.');
  return createClient({ url, authentication: { clientId, ...credentialOf(env) }, signal });
}

function credentialOf(env: NodeJS.ProcessEnv): { clientSecret: string } | { privateKey: JWK; kid: string } {
  const { CONSENTRY_CLIENT_SECRET: clientSecret, CONSENTRY_PRIVATE_KEY_FILE: file } = env;
  if (clientSecret) return { clientSecret };
  if (!file) throw new UsageError('CONSENTRY_CLIENT_SECRET or CONSENTRY_PRIVATE_KEY_FILE is needed.');
  const privateKey = JSON.parse(readFileSync(file, 'utf8')) as JWK;
  if (!privateKey.kid) throw new UsageError(`The key in ${file} has no "kid".`);
  return { privateKey, kid: privateKey.kid };
}

function local(data: string, wanted: string | undefined, signal: Terminal['signal']): ConsentryClient {
  const file = join(data, 'endpoints.json');
  if (!existsSync(file)) throw new UsageError('Nothing runs here: "npm start" first, or set CONSENTRY_URL.');
  const { api, brokers } = JSON.parse(readFileSync(file, 'utf8')) as Endpoints;
  const broker = wanted === undefined ? brokers[0] : brokers.find(({ clientId }) => clientId === wanted);
  if (!broker) throw new UsageError(`Brokers here: ${brokers.map(({ clientId }) => clientId).join(', ')}.`);
  const { clientId, clientSecret } = broker;
  const authentication: Authentication = { clientId, clientSecret };
  return createClient({ url: api, authentication, signal });
}
