import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { LostPlace, SupersededRun } from '../db/poa/process-row.ts';
import { Shredded } from '../db/poa/version.ts';
import { GatewayUnavailable } from '../gateways/http.ts';

/** Failure types that workflows know. */
export const SUPERSEDED_RUN = 'superseded-run';
export const LOST_PLACE = 'lost-place';
export const PROCESS_NOT_FOUND = 'process-not-found';
export const SHREDDED = 'shredded';

export const processNotFound = (): ApplicationFailure =>
  ApplicationFailure.nonRetryable('no such process in the database', PROCESS_NOT_FOUND);

/**
 * What may leave an activity as its failure: messages of databases and counterparts can quote personal data, and failures
 * are kept in histories. So only names and codes go out; the rest stays in the process's own log, without values too.
 */
export function asFailure(error: unknown): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (error instanceof SupersededRun) return ApplicationFailure.nonRetryable(error.message, SUPERSEDED_RUN);
  if (error instanceof LostPlace) return ApplicationFailure.nonRetryable(error.message, LOST_PLACE);
  if (error instanceof Shredded)
    return ApplicationFailure.nonRetryable('its data key was destroyed', SHREDDED);
  // Tells operators whom the process waits for; its message holds nothing else (gateways/http.ts).
  if (error instanceof GatewayUnavailable) return ApplicationFailure.retryable(error.message, error.name);
  if (error instanceof Error && error.name === 'AbortError') return error;
  const { name, code } = (error ?? {}) as { name?: string; code?: string };
  return ApplicationFailure.retryable(
    [name, code].filter(Boolean).join(' ') || 'unknown error',
    name ?? 'Error',
  );
}

type ActivityFunction = (...args: never[]) => Promise<unknown>;

/** How often a regular activity shows that it lives; with that it also hears that it is cancelled. */
const HEARTBEAT_MS = 500;

/** The same activities with heartbeats, and with nothing but names and codes in their failures. */
export function guarded<A extends Record<string, ActivityFunction>>(activities: A): A {
  const entries = Object.entries(activities).map(([name, run]) => [
    name,
    (...args: never[]) => alive(() => run(...args)),
  ]);
  return Object.fromEntries(entries) as A;
}

async function alive(run: () => Promise<unknown>): Promise<unknown> {
  const context = Context.current();
  const pulse = context.info.isLocal ? undefined : setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await run();
  } catch (error) {
    throw asFailure(error);
  } finally {
    clearInterval(pulse);
  }
}
