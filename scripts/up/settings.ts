/** What a stack is made of, before anything runs: its files, ports and secrets. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { choosePorts, loopbacks } from './ports.ts';
import { loadSecrets, type Secrets } from './secrets.ts';

/** Variables that fix a port; each is remembered in `ports.json`. */
const PORTS = [
  'API_PORT',
  'TELECOM_PORT',
  'CUSTOMS_PORT',
  'PUSH_PORT',
  'POSTGRES_PORT',
  'TEMPORAL_PORT',
  'TEMPORAL_UI_PORT',
  'WORKER_METRICS_PORT',
] as const;
export type Ports = Record<(typeof PORTS)[number], number>;

export interface Settings {
  readonly dataDirectory: string;
  /** As the user set it. */
  readonly env: NodeJS.ProcessEnv;
  readonly ports: Ports;
  readonly secrets: Secrets;
  /** Addresses to listen on; browsers resolve `localhost` to either. */
  readonly loopbacks: readonly string[];
}

export async function prepareSettings(
  dataDirectory: string,
  env: NodeJS.ProcessEnv,
  print: (line: string) => void,
): Promise<Settings> {
  mkdirSync(dataDirectory, { recursive: true });
  const file = join(dataDirectory, 'ports.json');
  const remembered = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Ports>) : {};
  const { ports, moved } = await choosePorts(PORTS, env, remembered);
  for (const { name, from, to } of moved) {
    print(
      `Port ${from} (${name}) is in use by another program now; ${to} takes its place, and earlier links end.`,
    );
  }
  writeFileSync(file, `${JSON.stringify(ports, null, 2)}\n`);
  const secrets = await loadSecrets(join(dataDirectory, 'secrets.json'), env);
  return { dataDirectory, env, ports, secrets, loopbacks: await loopbacks() };
}

/** Every address is `http://localhost:<port>`: the passkeys' relying party id is `localhost`. */
export const localhost = (port: number): string => `http://localhost:${port}`;
