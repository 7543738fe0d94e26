/** The run's Temporal servers, as tests use them. */
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { inject } from 'vitest';
import { SEARCH_ATTRIBUTE } from '../../domain/messages.ts';

/** `temporal.api.enums.v1.IndexedValueType` */
const KEYWORD = 2;
const DATETIME = 6;

export interface TestNamespace {
  readonly address: string;
  readonly namespace: string;
  readonly client: Client;
  close(): Promise<void>;
}

/** A namespace of its own in the run's dev server, with the search attributes that the workers set. */
export async function createNamespace(): Promise<TestNamespace> {
  const address = inject('temporalAddress');
  const namespace = `test-${randomBytes(5).toString('hex')}`;
  const connection = await Connection.connect({ address });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: {
      [SEARCH_ATTRIBUTE.status]: KEYWORD,
      [SEARCH_ATTRIBUTE.broker]: KEYWORD,
      [SEARCH_ATTRIBUTE.order]: KEYWORD,
      [SEARCH_ATTRIBUTE.deadline]: DATETIME,
    },
  });
  return {
    address,
    namespace,
    client: new Client({ connection, namespace }),
    close: () => connection.close(),
  };
}

/** A time-skipping server for one test file of `test/workflows/`; `teardown()` ends it. */
export function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const path = inject('temporalTestServerBinary');
  return TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
}
