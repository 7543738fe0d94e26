/** The POA's workflow alone: its activities as a script that says where each step leads. */
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundlePath } from '@temporalio/worker';
import { v7 as uuidv7 } from 'uuid';
import type { PoaActivities } from '../../activities/poa.ts';
import { WORKFLOW } from '../../domain/messages.ts';
import type { PoaStatus } from '../../domain/poa-state.ts';
import { isFinal } from '../../domain/poa-state.ts';
import { noNudges, type PoaMessage, type PoaView } from '../../domain/poa-view.ts';

export const HOUR = 3_600_000;

/** Somewhere that the process can stand; three days are left. */
export const stands = (status: PoaStatus, changes: Partial<PoaView> = {}): PoaView => ({
  status,
  version: 1,
  order: 'declare-first',
  respondBy: Date.now() + 72 * HOUR,
  contextTaken: false,
  waitsForContext: false,
  nudges: noNudges(),
  openUntil: null,
  attention: null,
  finished: isFinal(status),
  ...changes,
});

export interface Script extends Partial<PoaActivities> {
  opening?: PoaView;
  pending?: PoaMessage[];
}

/** A step as it was taken: its name, its place in the run, and when by the server's clock. */
export interface Call {
  name: string;
  step: number | undefined;
  at: number;
  input: unknown;
}

export interface Scripted {
  handle: WorkflowHandle;
  declarationId: string;
  calls: Call[];
  /** Names of the steps taken so far. */
  names(): string[];
}

/** Runs the workflow against the script until `during` is over; an unexpected step fails the workflow. */
export async function play<T>(
  env: TestWorkflowEnvironment,
  workflowBundle: WorkflowBundlePath,
  { opening = stands('received'), pending = [], ...steps }: Script,
  during: (scripted: Scripted) => Promise<T>,
): Promise<T> {
  const calls: Call[] = [];
  const told = { openPoa: async () => ({ epoch: 1, view: opening, pending }), ...steps };
  const activities = Object.fromEntries(
    Object.entries(told).map(([name, act]) => [
      name,
      async (input: { fence?: { step: number } }) => {
        calls.push({ name, step: input.fence?.step, at: await env.currentTimeMs(), input });
        return (act as (input: object) => Promise<unknown>)(input);
      },
    ]),
  );
  const declarationId = uuidv7();
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: declarationId,
    workflowBundle,
    activities,
    maxHeartbeatThrottleInterval: '100ms',
    defaultHeartbeatThrottleInterval: '100ms',
  });
  return worker.runUntil(async () => {
    const handle = await env.client.workflow.start(WORKFLOW.poa, {
      taskQueue: declarationId,
      workflowId: `poa/${declarationId}`,
      args: [{ declarationId }],
    });
    return during({ handle, declarationId, calls, names: () => calls.map(({ name }) => name) });
  });
}
