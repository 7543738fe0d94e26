import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowIdReusePolicy,
} from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import {
  customsNoticeWorkflowId,
  manifestWorkflowId,
  poaWorkflowId,
  registrationWorkflowId,
} from '../domain/ids.ts';
import {
  type DecideMessage,
  type DecideResult,
  type ProposalMessage,
  type ProposalResult,
  type ResolveMessage,
  type ResolveResult,
  SEARCH_ATTRIBUTE,
  SIGNAL,
  TASK_QUEUE,
  UPDATE,
  UPDATE_DEADLINE_MS,
  WORKFLOW,
} from '../domain/messages.ts';
import type { Order } from '../domain/outcome.ts';

/** What an operator sees of a process in the Web UI; no personal data. */
export interface PoaStart {
  declarationId: string;
  brokerBoxNumber: string;
  order: Order;
  respondBy: Date;
  /** One of many: its broker's manifests have a share of the workers of their own. */
  fromManifest?: boolean;
}

export interface ManifestStart {
  manifestId: string;
  brokerBoxNumber: string;
}

/** How a started process was found. */
export type StartResult = 'started' | 'already-started';

/** A message's fate: judged with its result, or kept by Temporal (Signal), or not even that. */
export type MessageResult<R> = { kind: 'judged'; result: R } | { kind: 'kept' } | { kind: 'undelivered' };

/** `again` is the reconciliation's: a process closed in Temporal but not finished in the database runs once more. */
export interface StartOptions {
  again?: boolean;
}

/** Starts and messages the processes; the only place that knows how Temporal is asked. */
export interface Processes {
  startPoa(start: PoaStart, options?: StartOptions): Promise<StartResult>;
  startRegistration(registrationId: string, options?: StartOptions): Promise<StartResult>;
  startCustomsNotice(noticeId: string, options?: StartOptions): Promise<StartResult>;
  startManifest(start: ManifestStart, options?: StartOptions): Promise<StartResult>;
  decide(declarationId: string, message: DecideMessage): Promise<MessageResult<DecideResult>>;
  amend(declarationId: string, message: ProposalMessage): Promise<MessageResult<ProposalResult>>;
  cancel(declarationId: string, message: ProposalMessage): Promise<MessageResult<ProposalResult>>;
  resolve(declarationId: string, message: ResolveMessage): Promise<MessageResult<ResolveResult>>;
  /** News for a POA; throws `WorkflowNotFoundError` when nothing runs under that id. */
  lookAgain(declarationId: string): Promise<void>;
  /** Whether a POA's workflow is at something: an activity, or a task of its own. */
  isBusy(declarationId: string): Promise<boolean>;
  /** News for a registration: the operator's redirect came. */
  authorizationReceived(registrationId: string): Promise<void>;
  /** News for a registration: the person objects to it. */
  lookAgainAtRegistration(registrationId: string): Promise<void>;
}

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
const ATTRIBUTE = {
  status: keyword(SEARCH_ATTRIBUTE.status),
  broker: keyword(SEARCH_ATTRIBUTE.broker),
  order: keyword(SEARCH_ATTRIBUTE.order),
  deadline: defineSearchAttributeKey(SEARCH_ATTRIBUTE.deadline, SearchAttributeType.DATETIME),
};

/**
 * Tasks of one key wait for each other, not for those of another (Temporal's task queue fairness). A broker has one share for
 * what it declares singly and one for its manifests: its ten thousand delay neither another's nor its own single one.
 */
const shareOf = (brokerBoxNumber: string, fromManifest: boolean) => ({
  fairnessKey: fromManifest ? `${brokerBoxNumber}/manifests` : brokerBoxNumber,
});

export function createProcesses(client: Client): Processes {
  const start = async (
    type: string,
    workflowId: string,
    input: object,
    rest: object,
    options: StartOptions,
  ): Promise<StartResult> => {
    const workflowIdReusePolicy: WorkflowIdReusePolicy = options.again
      ? 'ALLOW_DUPLICATE'
      : 'REJECT_DUPLICATE';
    try {
      await client.withDeadline(Date.now() + UPDATE_DEADLINE_MS, () =>
        client.workflow.start(type, {
          taskQueue: TASK_QUEUE,
          workflowId,
          workflowIdReusePolicy,
          workflowIdConflictPolicy: 'FAIL',
          args: [input],
          ...rest,
        }),
      );
      return 'started';
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const freed = options.again && (await endForeign(type, workflowId));
      return freed ? start(type, workflowId, input, rest, options) : 'already-started';
    }
  };

  /**
   * Something else that was started past us under a process's id, of another type or for workers that are not ours, would
   * keep the process from ever running: it is ended. True when there was such a run.
   */
  const endForeign = (type: string, workflowId: string): Promise<boolean> =>
    client.withDeadline(Date.now() + UPDATE_DEADLINE_MS, async () => {
      const run = await client.workflow.getHandle(workflowId).describe();
      if (run.status.name !== 'RUNNING' || (run.type === type && run.taskQueue === TASK_QUEUE)) return false;
      await client.workflow.getHandle(workflowId, run.runId).terminate('not the process of this id');
      return true;
    });

  /**
   * The Update first: its answer is the verdict. It is not durable until a worker took it, so without an answer the
   * Signal of the same payload follows; the process knows the id and judges once.
   */
  async function send<R>(workflowId: string, update: string, signal: string, id: string, message: object) {
    const handle = client.workflow.getHandle(workflowId);
    try {
      const result = await client.withDeadline(Date.now() + UPDATE_DEADLINE_MS, () =>
        handle.executeUpdate<R, [object]>(update, { args: [message], updateId: id }),
      );
      return { kind: 'judged', result } as const;
    } catch {
      // No worker in time, or a run that went on as a new one and dropped what it had not answered: the Signal stays.
    }
    try {
      await client.withDeadline(Date.now() + UPDATE_DEADLINE_MS, () => handle.signal(signal, message));
      return { kind: 'kept' } as const;
    } catch {
      return { kind: 'undelivered' } as const;
    }
  }

  const tellNews = (workflowId: string, signal: string): Promise<void> =>
    client.withDeadline(Date.now() + UPDATE_DEADLINE_MS, () =>
      client.workflow.getHandle(workflowId).signal(signal),
    );

  return {
    startPoa: ({ declarationId, brokerBoxNumber, order, respondBy, fromManifest = false }, options = {}) =>
      start(
        WORKFLOW.poa,
        poaWorkflowId(declarationId),
        { declarationId },
        {
          priority: shareOf(brokerBoxNumber, fromManifest),
          staticSummary: `POA, ${order}, broker ${brokerBoxNumber}`,
          typedSearchAttributes: new TypedSearchAttributes([
            { key: ATTRIBUTE.status, value: 'received' },
            { key: ATTRIBUTE.broker, value: brokerBoxNumber },
            { key: ATTRIBUTE.order, value: order },
            { key: ATTRIBUTE.deadline, value: respondBy },
          ]),
        },
        options,
      ),
    startRegistration: (registrationId, options = {}) =>
      start(
        WORKFLOW.registration,
        registrationWorkflowId(registrationId),
        { registrationId },
        {
          staticSummary: 'Registration through the SIM',
          typedSearchAttributes: new TypedSearchAttributes([
            { key: ATTRIBUTE.status, value: 'awaiting_telecom' },
          ]),
        },
        options,
      ),
    startCustomsNotice: (noticeId, options = {}) =>
      start(
        WORKFLOW.customsNotice,
        customsNoticeWorkflowId(noticeId),
        { noticeId },
        {
          staticSummary: 'Notice to Customs',
          typedSearchAttributes: new TypedSearchAttributes([{ key: ATTRIBUTE.status, value: 'waiting' }]),
        },
        options,
      ),
    startManifest: ({ manifestId, brokerBoxNumber }, options = {}) =>
      start(
        WORKFLOW.manifest,
        manifestWorkflowId(manifestId),
        { manifestId },
        {
          priority: shareOf(brokerBoxNumber, true),
          staticSummary: `Manifest, broker ${brokerBoxNumber}`,
          typedSearchAttributes: new TypedSearchAttributes([
            { key: ATTRIBUTE.status, value: 'received' },
            { key: ATTRIBUTE.broker, value: brokerBoxNumber },
          ]),
        },
        options,
      ),
    decide: (id, message) =>
      send(poaWorkflowId(id), UPDATE.decide, SIGNAL.decide, message.consentId, message),
    amend: (id, message) => send(poaWorkflowId(id), UPDATE.amend, SIGNAL.amend, message.proposalId, message),
    cancel: (id, message) =>
      send(poaWorkflowId(id), UPDATE.cancel, SIGNAL.cancel, message.proposalId, message),
    resolve: (id, message) =>
      send(poaWorkflowId(id), UPDATE.resolve, SIGNAL.resolve, message.resolutionId, message),
    lookAgain: (id) => tellNews(poaWorkflowId(id), SIGNAL.lookAgain),
    isBusy: async (id) => {
      const { raw } = await client.workflow.getHandle(poaWorkflowId(id)).describe();
      return (raw.pendingActivities ?? []).length > 0 || Boolean(raw.pendingWorkflowTask);
    },
    authorizationReceived: (id) => tellNews(registrationWorkflowId(id), SIGNAL.authorizationReceived),
    lookAgainAtRegistration: (id) => tellNews(registrationWorkflowId(id), SIGNAL.lookAgain),
  };
}
