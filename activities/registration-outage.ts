import { enterStatus } from '../db/registration/process-row.ts';
import type { RegistrationFence } from '../domain/registration-view.ts';
import { GatewayUnavailable } from '../gateways/http.ts';
import { attempt } from './attempt.ts';
import { inRegistration, type RegistrationDeps } from './registration-step.ts';

/**
 * One call to an operator, ms: an activity makes up to four within its 10 s. (Where it makes more, for a number that was
 * recycled, the next attempt goes on from what this one recorded.)
 */
const TELECOM_CALL_MS = 2_400;

export const telecomLimits = () => ({ timeoutMs: TELECOM_CALL_MS, signal: attempt().signal });

/** An outage is shown to the person while it lasts; the step is tried again, without end. */
export async function showingOutages<T>(
  deps: RegistrationDeps,
  fence: RegistrationFence,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GatewayUnavailable) {
      await inRegistration(deps, fence, async ({ row }) => {
        if (row.status === 'verifying') enterStatus(row, 'verifying', 'operator-unavailable');
      });
    }
    throw error;
  }
}
