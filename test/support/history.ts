/** Workflow histories as whoever reaches the Temporal server can read them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Client } from '@temporalio/client';
import { inject } from 'vitest';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

const run = promisify(execFile);
/** Histories of long stories. */
const MAX_BYTES = 64 * 1024 * 1024;

/** A whole history as the command line and the Web UI show it. */
async function shownHistory(namespace: string, workflowId: string): Promise<string> {
  const where = ['--address', inject('temporalAddress'), '--namespace', namespace];
  const { stdout } = await run(
    inject('temporalBinary'),
    ['workflow', 'show', '--workflow-id', workflowId, '--output', 'json', ...where],
    { maxBuffer: MAX_BYTES },
  );
  return stdout;
}

/** The same, followed by every payload (base64 in JSON) as text. */
export async function readableHistory(namespace: string, workflowId: string): Promise<string> {
  const history = await shownHistory(namespace, workflowId);
  const decoded = [...history.matchAll(/"data": ?"([A-Za-z0-9+/=]+)"/g)].map(([, base64]) =>
    Buffer.from(base64 ?? '', 'base64').toString('utf8'),
  );
  return [history, ...decoded].join('\n');
}

/** What the Web UI tells of a running workflow (`setCurrentDetails`). */
export async function detailsOf(client: Client, workflowId: string): Promise<string> {
  const metadata = await client.workflow
    .getHandle(workflowId)
    .query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

/** Who and where recorded it, and when it is only noise. */
const NOBODYS_BUSINESS = new Set(['identity', 'stackTrace', 'stickyAttributes']);

/**
 * A history as JSON to keep: enumerations as numbers, bytes as `{base64}`. (The SDK's own reader of the server's JSON
 * form needs a protobufjs that is installed only once, which npm does not promise.)
 */
export const frozen = (history: History): string => JSON.stringify(plain(history));

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(plain);
  if ('low' in value && 'high' in value) return Number(value);
  const members = Object.entries(value).filter(([name]) => !NOBODYS_BUSINESS.has(name));
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]));
}

/** What `frozen` kept, as the replayer takes it. */
export const thawed = (text: string): unknown =>
  JSON.parse(text, (_name, value) =>
    typeof value?.base64 === 'string' ? Buffer.from(value.base64, 'base64') : value,
  );
