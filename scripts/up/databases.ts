/** The two databases: the user's own where variables name them, else embedded ones; migrated. */
import { KEY_MIGRATIONS, MIGRATIONS, migrate } from '../../db/migrate.ts';
import { postgresDirectory } from './data-directory.ts';
import { createDatabases, type PostgresServer, startPostgres } from './postgres.ts';
import type { Supervisor } from './processes.ts';
import type { Settings } from './settings.ts';

export interface DatabaseUrls {
  readonly DATABASE_URL: string;
  readonly KEYS_DATABASE_URL: string;
}

const MAIN = 'consentry';
const KEYS = 'consentry_keys';

export async function startDatabases(
  supervisor: Supervisor,
  settings: Settings,
  durable: boolean,
  print: (line: string) => void,
): Promise<DatabaseUrls> {
  const urls = await findUrls(supervisor, settings, durable);
  await migrate(urls.DATABASE_URL, MIGRATIONS);
  await migrate(urls.KEYS_DATABASE_URL, KEY_MIGRATIONS);
  if (sameServer(urls)) print(settings.env.DATABASE_URL ? SAME_SERVER_WARNING : SAME_SERVER_NOTE);
  return urls;
}

const SAME_SERVER_WARNING =
  'WARNING: KEYS_DATABASE_URL is on the same server as DATABASE_URL, so a backup of that server holds both the data and the keys to it. Production keeps the keys on another server.';
const SAME_SERVER_NOTE =
  'The key store shares the embedded Postgres; production gives it a server of its own.';

async function findUrls(supervisor: Supervisor, settings: Settings, durable: boolean): Promise<DatabaseUrls> {
  const { DATABASE_URL: main, KEYS_DATABASE_URL: keys } = settings.env;
  if (main && keys) return { DATABASE_URL: main, KEYS_DATABASE_URL: keys };
  if (main) return { DATABASE_URL: main, KEYS_DATABASE_URL: await keysBeside(main) };
  const server = await embedded(supervisor, settings, durable);
  await createDatabases(server.url('postgres'), keys ? [MAIN] : [MAIN, KEYS]);
  return { DATABASE_URL: server.url(MAIN), KEYS_DATABASE_URL: keys || server.url(KEYS) };
}

function embedded(supervisor: Supervisor, settings: Settings, durable: boolean): Promise<PostgresServer> {
  return startPostgres(supervisor, {
    directory: postgresDirectory(settings.dataDirectory),
    port: settings.ports.POSTGRES_PORT,
    password: settings.secrets.POSTGRES_PASSWORD,
    durable,
  });
}

/** Without KEYS_DATABASE_URL: a second database of the same server, called `<main>_keys`. */
export function keysDatabaseBeside(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${encodeURIComponent(`${databaseOf(url)}_keys`)}`;
  return url.toString();
}

const databaseOf = ({ pathname }: URL): string => decodeURIComponent(pathname.slice(1)) || MAIN;

async function keysBeside(databaseUrl: string): Promise<string> {
  const keysUrl = keysDatabaseBeside(databaseUrl);
  await createDatabases(databaseUrl, [databaseOf(new URL(keysUrl))]);
  return keysUrl;
}

function sameServer({ DATABASE_URL, KEYS_DATABASE_URL }: DatabaseUrls): boolean {
  const server = (text: string) => {
    const url = new URL(text);
    const host = ['localhost', '[::1]'].includes(url.hostname) ? '127.0.0.1' : url.hostname;
    return `${host}:${url.port || '5432'}`;
  };
  return server(DATABASE_URL) === server(KEYS_DATABASE_URL);
}
