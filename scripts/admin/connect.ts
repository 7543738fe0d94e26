/** Where the administration finds its databases and Temporal: the environment, or the stack that runs in this checkout. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection as TemporalConnection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Pool } from 'pg';
import { createKeyStore, type KeyStore } from '../../db/keys.ts';
import { createHeadStore, type HeadStore } from '../../db/log/heads.ts';
import { createPool } from '../../db/pool.ts';
import { createCheckpointSigner } from '../../evidence/log/signer.ts';
import { type NoteKey, parseVerifierKey } from '../../evidence/verify/note.ts';
import { createProcesses, type Processes } from '../../gateways/temporal.ts';
import { keysDatabaseBeside } from '../up/databases.ts';
import type { Endpoints } from '../up/endpoints.ts';
import type { Secrets } from '../up/secrets.ts';
import { Refusal } from './command.ts';

/** Opened as far as a command asks for it. */
export interface Connection {
  pool: Pool;
  keys(): KeyStore;
  /** The transparency log: what its checkpoints are verified with, and the second copy of its head. */
  log(): { log: NoteKey; heads: HeadStore };
  processes(): Processes;
  /** Where people reach the service, without a slash at the end. */
  publicUrl(): string;
  close(): Promise<void>;
}

interface Places {
  databaseUrl: string;
  keysUrl: string | undefined;
  masterKey: string | undefined;
  /** Private JWK as JSON. */
  logKey: string | undefined;
  logOrigin: string | undefined;
  publicUrl: string | undefined;
  /** Undefined: Temporal's own variables say. */
  temporalAddress: string | undefined;
}

const APPLICATION = 'consentry-admin';

export function connect(dataDirectory: string, env: NodeJS.ProcessEnv): Connection {
  const places = env.DATABASE_URL ? ofEnvironment(env.DATABASE_URL, env) : ofStack(dataDirectory);
  const pool = createPool(places.databaseUrl, { max: 1, applicationName: APPLICATION });
  const open: (() => Promise<unknown>)[] = [() => pool.end()];
  const openKeys = (url: string) => {
    const keysPool = createPool(url, { max: 1, applicationName: APPLICATION });
    open.push(() => keysPool.end());
    return keysPool;
  };
  return {
    pool,
    keys() {
      const { keysUrl, masterKey } = places;
      if (!keysUrl || !masterKey) throw new Refusal('KEYS_DATABASE_URL and MASTER_KEY are needed for this.');
      return createKeyStore(openKeys(keysUrl), Buffer.from(masterKey, 'base64'));
    },
    log() {
      const { keysUrl, logKey, logOrigin } = places;
      if (!keysUrl || !logKey || !logOrigin)
        throw new Refusal('KEYS_DATABASE_URL, LOG_KEY and LOG_ORIGIN are needed for this.');
      const { verifierKey } = createCheckpointSigner(logOrigin, JSON.parse(logKey));
      return { log: parseVerifierKey(verifierKey), heads: createHeadStore(openKeys(keysUrl)) };
    },
    processes() {
      const { connectionOptions, namespace = 'default' } = places.temporalAddress
        ? { connectionOptions: { address: places.temporalAddress } }
        : loadClientConnectConfig({ overrideEnvVars: defined(env) });
      const temporal = TemporalConnection.lazy(connectionOptions);
      open.push(() => temporal.close());
      return createProcesses(new Client({ connection: temporal, namespace }));
    },
    publicUrl() {
      if (!places.publicUrl) throw new Refusal('PUBLIC_URL is needed for this.');
      return new URL(places.publicUrl).origin;
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
  logKey: env.LOG_KEY,
  logOrigin: env.LOG_ORIGIN,
  publicUrl: env.PUBLIC_URL,
  temporalAddress: undefined,
});

function ofStack(dataDirectory: string): Places {
  const read = <T>(name: string): T => JSON.parse(readFileSync(join(dataDirectory, name), 'utf8')) as T;
  if (!existsSync(join(dataDirectory, 'endpoints.json'))) {
    throw new Refusal(`Set DATABASE_URL, or run npm start: nothing runs on ${dataDirectory}.`);
  }
  const { databaseUrl, temporalAddress, app } = read<Endpoints>('endpoints.json');
  const { MASTER_KEY, LOG_KEY } = read<Secrets>('secrets.json');
  return {
    databaseUrl,
    keysUrl: keysDatabaseBeside(databaseUrl),
    masterKey: MASTER_KEY,
    logKey: LOG_KEY,
    // As config.ts makes it up of `http://localhost:<port>`.
    logOrigin: 'localhost/log',
    publicUrl: app,
    temporalAddress,
  };
}
