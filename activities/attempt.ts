import { Context } from '@temporalio/activity';

/** One call to a counterpart from a quick try (local activity of 500 ms), ms. */
export const QUICK_CALL_MS = 250;
/** One call from a regular activity (start-to-close 10 s), ms: shorter than the activity, so that it never outlives it. */
const CALL_MS = 8_000;

/** How long a call may take in this attempt, and the signal that ends it with the activity. */
export function attempt(): { local: boolean; callMs: number; signal: AbortSignal } {
  const context = Context.current();
  const local = context.info.isLocal;
  return { local, callMs: local ? QUICK_CALL_MS : CALL_MS, signal: context.cancellationSignal };
}
