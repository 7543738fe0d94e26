/** Workflow histories as whoever reaches the Temporal server can read them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Client } from '@temporalio/client';
import { inject } from 'vitest';

const run = promisify(execFile);
/** Histories of long stories. */
const MAX_BYTES = 64 * 1024 * 1024;

/** A whole history in the JSON form that the command line, the Web UI and the replayer share. */
export async function historyOf(namespace: string, workflowId: string): Promise<string> {
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
  const history = await historyOf(namespace, workflowId);
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
