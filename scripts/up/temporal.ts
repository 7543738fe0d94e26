/** The Temporal dev server: one process with SQLite and its Web UI, for one machine. */
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTE } from '../../domain/messages.ts';
import type { Supervisor } from './processes.ts';

/** What the Web UI's lists can be filtered by in the namespace `default`. */
const SEARCH_ATTRIBUTE_TYPES = {
  [SEARCH_ATTRIBUTE.status]: 'Keyword',
  [SEARCH_ATTRIBUTE.broker]: 'Keyword',
  [SEARCH_ATTRIBUTE.order]: 'Keyword',
  [SEARCH_ATTRIBUTE.deadline]: 'Datetime',
};

export interface TemporalOptions {
  /** Path of the `temporal` command. */
  readonly binary: string;
  readonly port: number;
  /** Without it there is no Web UI. */
  readonly uiPort?: number;
  /** SQLite file; without it everything is in memory. */
  readonly file?: string;
  /** `normal` may lose the last commits on power loss, and is faster. Default `full`. */
  readonly synchronous?: 'full' | 'normal';
}

/** Starts the server under the name `temporal` and waits until its namespace `default` answers. Returns its address. */
export async function startTemporal(supervisor: Supervisor, options: TemporalOptions): Promise<string> {
  const address = `127.0.0.1:${options.port}`;
  await supervisor.start({
    name: 'temporal',
    command: options.binary,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port), '--log-level', 'error'],
      // One broker's tasks wait for each other, not for another's (gateways/temporal.ts).
      ...['--dynamic-config-value', 'matching.enableFairness=true'],
      ...(options.uiPort === undefined ? ['--headless'] : ['--ui-port', String(options.uiPort)]),
      ...(options.file === undefined ? [] : storage(options.file, options.synchronous ?? 'full')),
      ...Object.entries(SEARCH_ATTRIBUTE_TYPES).flatMap(([name, type]) => [
        '--search-attribute',
        `${name}=${type}`,
      ]),
    ],
    ready: () => answers(address),
  });
  return address;
}

function storage(file: string, synchronous: string): string[] {
  return [
    ...['--db-filename', file],
    ...['--sqlite-pragma', 'journal_mode=wal'],
    ...['--sqlite-pragma', `synchronous=${synchronous}`],
  ];
}

async function answers(address: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: '1s' });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}
