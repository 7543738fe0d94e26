import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';

/** Activities as workflows see them: one object in, one result out. */
type ActivityMap<A> = { [K in keyof A]: (input: never) => Promise<unknown> };
type Input<F> = F extends (input: infer I) => Promise<unknown> ? I : never;
type Output<F> = F extends (input: never) => Promise<infer O> ? O : never;

/** A local activity holds its workflow task, and with it the answer to an Update: one short try. */
const QUICK = { startToCloseTimeout: '500ms', retry: { maximumAttempts: 1 } } as const;

/** An outage is waited out, without end: nothing that was settled is ever given up. */
const PATIENT = {
  startToCloseTimeout: '10s',
  heartbeatTimeout: '5s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '5m' },
} as const;

export interface Steps<A extends ActivityMap<A>> {
  /** A short step: tried at once inside the workflow task; when that does not work out, as a patient one. */
  quick<K extends keyof A & string>(name: K, input: Input<A[K]>, summary: string): Promise<Output<A[K]>>;
  /** A step that waits for somebody outside for as long as it takes. */
  patient<K extends keyof A & string>(name: K, input: Input<A[K]>, summary: string): Promise<Output<A[K]>>;
}

/** The steps of a process, each with the summary that an operator reads in the Web UI. */
export function stepsOf<A extends ActivityMap<A>>(): Steps<A> {
  const local = proxyLocalActivities<UntypedActivities>(QUICK);
  const regular = proxyActivities<UntypedActivities>(PATIENT);

  const patient = (name: string, input: unknown, summary: string) =>
    regular[name]?.executeWithOptions({ ...PATIENT, summary }, [input]);

  const quick = async (name: string, input: unknown, summary: string) => {
    try {
      return await local[name]?.executeWithOptions({ ...QUICK, summary }, [input]);
    } catch (error) {
      if (isCancellation(error) || isFinalFailure(error)) throw error;
      return patient(name, input, summary);
    }
  };
  return { quick, patient } as Steps<A>;
}

type UntypedActivities = Record<string, (input: unknown) => Promise<unknown>>;

/** Whether another try cannot change it. */
export const isFinalFailure = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof ApplicationFailure &&
  error.cause.nonRetryable === true;

/** Type of the `ApplicationFailure` behind an activity's failure, or null. */
export const failureType = (error: unknown): string | null =>
  error instanceof ActivityFailure && error.cause instanceof ApplicationFailure
    ? (error.cause.type ?? null)
    : null;
