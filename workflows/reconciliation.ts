import { proxyActivities } from '@temporalio/workflow';
import type { ReconciliationActivities } from '../activities/reconciliation.ts';

const { reconcile, tidy } = proxyActivities<ReconciliationActivities>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: '10s',
  retry: { maximumAttempts: 3 },
});

/** Batches in one run; the Schedule goes on with the next, so that no history grows long. */
const MOST_BATCHES = 50;

/** Compares the database with what runs, and mends it; a full sweep takes as many batches as it needs. Then tidies up. */
export async function reconciliation(): Promise<void> {
  for (let batch = 0; batch < MOST_BATCHES; batch++) {
    const { more } = await reconcile();
    if (!more) break;
  }
  await tidy();
}
