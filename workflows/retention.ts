import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { RetentionActivities } from '../activities/retention.ts';

const { purge } = proxyActivities<RetentionActivities>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: '10s',
  retry: { maximumAttempts: 10 },
});

/** Batches in one history; then it goes on in a fresh one. The database knows where it stands. */
const MOST_BATCHES = 200;

/** Purges POAs whose time is over, and shreds people of whom nothing is kept any more, a batch at a time until none is left. */
export async function retention(): Promise<void> {
  const { firstExecutionRunId: run } = workflowInfo();
  for (let batch = 0; batch < MOST_BATCHES; batch++) {
    const { more } = await purge({ run });
    if (!more) return;
  }
  return continueAsNew<typeof retention>();
}
