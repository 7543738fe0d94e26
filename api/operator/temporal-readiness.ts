import type { Client } from '@temporalio/client';
import { TASK_QUEUE } from '../../domain/messages.ts';
import type { TemporalReadiness } from '../deps.ts';

/** How long Temporal may take to say that it is there, ms. */
const WITHIN_MS = 2_000;
/** A poller asks again within a minute; Temporal lists one that died for minutes more, ms. */
const POLLED_WITHIN_MS = 75_000;
/** temporal.api.enums.v1.TaskQueueType */
const WORKFLOW_TASKS = 1;

/** Whether Temporal answers, has our namespace, and a worker polls our task queue. */
export async function temporalReadiness(client: Client, namespace: string): Promise<TemporalReadiness> {
  const service = client.workflowService;
  const holds = (question: () => Promise<boolean>) =>
    client.withDeadline(Date.now() + WITHIN_MS, question).catch(() => false);
  const temporal = await holds(async () => Boolean(await service.getSystemInfo({})));
  if (!temporal) return { temporal, namespace: false, worker: false };
  return {
    temporal,
    namespace: await holds(async () => Boolean(await service.describeNamespace({ namespace }))),
    worker: await holds(async () => {
      const { pollers } = await service.describeTaskQueue({
        namespace,
        taskQueue: { name: TASK_QUEUE },
        taskQueueType: WORKFLOW_TASKS,
      });
      const since = Date.now() - POLLED_WITHIN_MS;
      return (pollers ?? []).some(
        ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > since,
      );
    }),
  };
}
