import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { isUuid } from '../domain/ids.ts';

/** The id in the input, which must be that of the workflow id: no process can be run under another's name. */
export function ownId(id: unknown, workflowIdOf: (id: string) => string): string {
  if (typeof id === 'string' && isUuid(id) && workflowInfo().workflowId === workflowIdOf(id)) return id;
  throw ApplicationFailure.nonRetryable('the input is not that of this workflow id', 'malformed');
}
