/** Compose files and their `.env`, read as Docker Compose reads them, as far as these files use it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const path = (file: string): string => `${ROOT}/${file}`;
export const text = (file: string): string => readFileSync(path(file), 'utf8');

export interface Service {
  image: string;
  build?: { context: string; target: string };
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: string[]; disable?: boolean };
  restart?: string;
  init?: boolean;
  read_only?: boolean;
  security_opt?: string[];
  network_mode?: string;
  deploy?: { resources?: { limits?: { cpus?: string; memory?: string } } };
}
export type Services = Record<string, Service>;

/** `!reset []` takes back what an earlier file says; without the tag the two would be joined. */
const RESET = { tag: '!reset', collection: 'seq' as const };

export function servicesOf(file: string): Services {
  return (parse(text(file), { merge: true, customTags: [RESET] }) as { services: Services }).services;
}

/** The later file over the earlier: mappings merge, of the sequences here each is new or reset. */
export function merge(base: Services, over: Services): Services {
  const merged = { ...base };
  for (const [name, service] of Object.entries(over)) {
    const { environment, ...rest } = { ...merged[name], ...service };
    const together = { ...merged[name]?.environment, ...environment };
    merged[name] = { ...rest, environment: together };
  }
  return merged;
}

export function parseEnv(content: string): Record<string, string> {
  const lines = [...content.matchAll(/^(\w+)=(?:'([^']*)'|(.*))$/gm)];
  return Object.fromEntries(lines.map(([, name = '', quoted, bare = '']) => [name, quoted ?? bare]));
}

/** `${NAME}`, `${NAME:-default}`, `${NAME:?error}`; throws what Compose would refuse to start with. */
export function interpolate(value: string, env: Record<string, string>): string {
  return value.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest = '') => {
    if (env[name]) return env[name];
    if (kind === '?') throw new Error(`required variable ${name} is missing a value: ${rest}`);
    return kind === '-' ? rest : '';
  });
}

export const environmentOf = (service: Service, env: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(service.environment ?? {}).map(([name, value]) => [name, interpolate(String(value), env)]),
  );
