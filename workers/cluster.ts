import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { requestFullSweep } from '../db/reconciliation.ts';
import {
  RECONCILIATION_SCHEDULE_ID,
  RECONCILIATION_WORKFLOW_ID,
  RETENTION_SCHEDULE_ID,
  RETENTION_WORKFLOW_ID,
} from '../domain/ids.ts';
import { SEARCH_ATTRIBUTE, TASK_QUEUE, WORKFLOW } from '../domain/messages.ts';

/** temporal.api.enums.v1.IndexedValueType */
const KEYWORD = 2;
const DATETIME = 6;

/** gRPC status of "exists already". */
const ALREADY_EXISTS = 6;

/** Registers the search attributes; those that exist are left. */
export async function ensureSearchAttributes(client: Client, namespace: string): Promise<void> {
  const { status, broker, order, deadline } = SEARCH_ATTRIBUTE;
  try {
    await client.connection.operatorService?.addSearchAttributes({
      namespace,
      searchAttributes: { [status]: KEYWORD, [broker]: KEYWORD, [order]: KEYWORD, [deadline]: DATETIME },
    });
  } catch (error) {
    if ((error as { code?: number }).code !== ALREADY_EXISTS) throw error;
  }
}

/**
 * Makes sure that the reconciliation's Schedule exists. Where it is missing the cluster is new (or was lost with all it
 * knew): first every open process is marked to be visited, then the Schedule is made.
 */
export async function ensureSchedule(
  client: Client,
  pool: Pool,
  log: Logger,
  everyMs: number,
): Promise<void> {
  const handle = client.schedule.getHandle(RECONCILIATION_SCHEDULE_ID);
  try {
    await handle.describe();
    return;
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
  await requestFullSweep(pool);
  try {
    await client.schedule.create({
      scheduleId: RECONCILIATION_SCHEDULE_ID,
      spec: { intervals: [{ every: everyMs }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' },
      action: {
        type: 'startWorkflow',
        workflowType: WORKFLOW.reconciliation,
        workflowId: RECONCILIATION_WORKFLOW_ID,
        taskQueue: TASK_QUEUE,
        workflowExecutionTimeout: '10m',
        staticSummary: 'Compare the database with what runs, and mend it',
      },
    });
    log.info('the Temporal cluster is new to us: every open process will be visited');
    await client.schedule.getHandle(RECONCILIATION_SCHEDULE_ID).trigger();
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}

/** Makes sure that the purge's Schedule exists. One run at a time: a long one goes on, and its next begins are left out. */
export async function ensureRetentionSchedule(client: Client, everyMs: number): Promise<void> {
  const handle = client.schedule.getHandle(RETENTION_SCHEDULE_ID);
  try {
    await handle.describe();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    await client.schedule
      .create({
        scheduleId: RETENTION_SCHEDULE_ID,
        spec: { intervals: [{ every: everyMs }] },
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' },
        action: {
          type: 'startWorkflow',
          workflowType: WORKFLOW.retention,
          workflowId: RETENTION_WORKFLOW_ID,
          taskQueue: TASK_QUEUE,
          staticSummary: 'Purge what is not to be kept any more',
        },
      })
      .catch((raced: Error) => {
        if (!(raced instanceof ScheduleAlreadyRunning)) throw raced;
      });
  }
}

/** Keeps all of it true for as long as the worker runs, also when the cluster is replaced under it. */
export function watchCluster(
  client: Client,
  namespace: string,
  pool: Pool,
  log: Logger,
  { reconcileEveryMs, retentionEveryMs }: { reconcileEveryMs: number; retentionEveryMs: number },
) {
  const look = async () => {
    try {
      await ensureSearchAttributes(client, namespace);
      await ensureSchedule(client, pool, log, reconcileEveryMs);
      await ensureRetentionSchedule(client, retentionEveryMs);
    } catch (error) {
      log.warn({ error: (error as Error).name }, 'Temporal could not be looked at');
    }
  };
  const timer = setInterval(look, reconcileEveryMs);
  return { look, stop: () => clearInterval(timer) };
}
