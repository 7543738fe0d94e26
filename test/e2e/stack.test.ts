import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TASK_QUEUE } from '../../domain/messages.ts';
import { findOnPath } from '../../scripts/up/die-with-parent.ts';
import { curlExample } from '../../scripts/up/welcome.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack?.stop());

test('a stack is ready as soon as it is up, with a worker in a namespace of its own', async () => {
  const response = await fetch(`${stack.endpoints.api}/readyz`);
  expect([response.status, await response.json()]).toEqual([
    200,
    { postgres: true, temporal: true, namespace: true, worker: true },
  ]);
  const { pollers } = await stack.temporal.workflowService.describeTaskQueue({
    namespace: stack.temporal.options.namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType: 1,
  });
  expect(pollers?.length).toBeGreaterThan(0);
});

test('its brokers get tokens', async () => {
  const [broker] = stack.endpoints.brokers;
  const credentials = Buffer.from(`${broker?.clientId}:${broker?.clientSecret}`).toString('base64');
  const response = await fetch(`${stack.endpoints.api}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  expect(response.status).toBe(200);
});

test.runIf(findOnPath('bash') && findOnPath('curl'))(
  'the call that npm start prints works as pasted',
  async () => {
    const { stdout } = await promisify(execFile)('bash', ['-c', curlExample(stack.endpoints)]);
    expect(stdout).toMatch(/^HTTP\/1\.1 20[12] /);
    const { declarationId, digest } = JSON.parse(stdout.split('\r\n\r\n')[1] ?? '') as Record<string, string>;
    expect(declarationId).toMatch(/^[0-9a-f-]{36}$/);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  },
);

test('a killed worker can be started again, and the API recovers from a kill too', async () => {
  for (const name of ['worker', 'api']) {
    await stack.supervisor.kill(name);
    await stack.supervisor.restart(name);
  }
  const status = async () => (await fetch(`${stack.endpoints.api}/readyz`)).status;
  await expect.poll(status, { timeout: 20_000 }).toBe(200);
});
