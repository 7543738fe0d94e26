/** The Temporal service: the user's own where `@temporalio/envconfig` finds one, else the dev server. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { CACHE_DIRECTORY } from './paths.ts';
import type { Supervisor } from './processes.ts';
import { localhost, type Settings } from './settings.ts';
import { startTemporal } from './temporal.ts';
import { locate, TEMPORAL_CLI } from './temporal-binary.ts';

export interface TemporalService {
  readonly address: string;
  /** Undefined where the user's own service has none that we know of (TEMPORAL_UI_URL). */
  readonly ui: string | undefined;
  /** What API and worker get to find it. */
  readonly env: NodeJS.ProcessEnv;
}

/** Any of these says that the user has a service of their own. */
const OWN_SERVICE = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'];

export async function startTemporalService(
  supervisor: Supervisor,
  settings: Settings,
  synchronous: 'full' | 'normal',
  print: (line: string) => void,
): Promise<TemporalService> {
  const { env, ports, dataDirectory } = settings;
  if (OWN_SERVICE.some((name) => env[name])) return ownService(env);
  const binary = await locate(TEMPORAL_CLI, { cacheDirectory: CACHE_DIRECTORY, env: process.env, print });
  const address = await startTemporal(supervisor, {
    binary,
    port: ports.TEMPORAL_PORT,
    uiPort: ports.TEMPORAL_UI_PORT,
    file: join(dataDirectory, 'temporal.db'),
    synchronous,
  });
  const ui = localhost(ports.TEMPORAL_UI_PORT);
  const profile = writeProfile(dataDirectory, address);
  return { address, ui, env: { ...withoutOther(process.env), ...profile, TEMPORAL_UI_URL: ui } };
}

function ownService(env: NodeJS.ProcessEnv): TemporalService {
  const overrides = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const { address } = loadClientConnectConfig({ overrideEnvVars: overrides }).connectionOptions;
  return { address: address ?? 'localhost:7233', ui: env.TEMPORAL_UI_URL, env: {} };
}

/** For API and worker, and for a person: `TEMPORAL_CONFIG_FILE=.data/temporal.toml temporal workflow list`. */
function writeProfile(dataDirectory: string, address: string): NodeJS.ProcessEnv {
  const file = join(dataDirectory, 'temporal.toml');
  writeFileSync(file, `[profile.default]\naddress = "${address}"\nnamespace = "default"\n`);
  return { TEMPORAL_CONFIG_FILE: file, TEMPORAL_ADDRESS: address };
}

/** A configuration file or an API key meant for another service must not reach the dev server's clients. */
function withoutOther(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.keys(env)
      .filter((name) => name.startsWith('TEMPORAL_'))
      .map((name) => [name, undefined]),
  );
}
