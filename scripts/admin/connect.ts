/** Where the administration finds its databases and Temporal: the environment, or the stack that runs in this checkout. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection as TemporalConnection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Pool } from 'pg';
import { createKeyStore, type KeyStore } from '../../db/keys.ts';
import { createPool } from '../../db/pool.ts';
import { createProcesses, type Processes } from '../../gateways/temporal.ts';
import { keysDatabaseBeside } from '../up/databases.ts';
import type { Endpoints } from '../up/endpoints.ts';
import type { Secrets } from '../up/secrets.ts';
import { Refusal } from './command.ts';

/** Opened as far as a command asks for it. */
export interface Connection {
  pool: Pool;
  keys(): KeyStore;
  processes(): Processes;
  close(): Promise<void>;
}

interface Places {
  databaseUrl: string;
  keysUrl: string | undefined;
  masterKey: string | undefined;
  /** Undefined: Temporal's own variables say. */
  temporalAddress: string | undefined;
}

const APPLICATION = 'consentry-admin';

export function connect(dataDirectory: string, env: NodeJS.ProcessEnv): Connection {
  const places = env.DATABASE_URL ? ofEnvironment(env.DATABASE_URL, env) : ofStack(dataDirectory);
  const pool = createPool(places.databaseUrl, { max: 1, applicationName: APPLICATION });
  const open: (() => Promise<unknown>)[] = [() => pool.end()];
  return {
    pool,
    keys() {
      const { keysUrl, masterKey } = places;
      if (!keysUrl || !masterKey) throw new Refusal('KEYS_DATABASE_URL and MASTER_KEY are needed for this.');
      const keysPool = createPool(keysUrl, { max: 1, applicationName: APPLICATION });
      open.push(() => keysPool.end());
      return createKeyStore(keysPool, Buffer.from(masterKey, 'base64'));
    },
    processes() {
      const { connectionOptions, namespace = 'default' } = places.temporalAddress
        ? { connectionOptions: { address: places.temporalAddress } }
        : loadClientConnectConfig({ overrideEnvVars: defined(env) });
      const temporal = TemporalConnection.lazy(connectionOptions);
      open.push(() => temporal.close());
      return createProcesses(new Client({ connection: temporal, namespace }));
    },
    close: async () => {
      for (const end of open) await end();
    },
  };
}

const defined = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

const ofEnvironment = (databaseUrl: string, env: NodeJS.ProcessEnv): Places => ({
  databaseUrl,
  keysUrl: env.KEYS_DATABASE_URL,
  masterKey: env.MASTER_KEY,
  temporalAddress: undefined,
});

function ofStack(dataDirectory: string): Places {
  const read = <T>(name: string): T => JSON.parse(readFileSync(join(dataDirectory, name), 'utf8')) as T;
  if (!existsSync(join(dataDirectory, 'endpoints.json'))) {
    throw new Refusal(`Set DATABASE_URL, or run npm start: nothing runs on ${dataDirectory}.`);
  }
  const { databaseUrl, temporalAddress } = read<Endpoints>('endpoints.json');
  const { MASTER_KEY } = read<Secrets>('secrets.json');
  return {
    databaseUrl,
    keysUrl: keysDatabaseBeside(databaseUrl),
    masterKey: MASTER_KEY,
    temporalAddress,
  };
}
