/** Whoever reaches the Temporal port can send anything: nothing is believed, and nothing gets stuck. */
import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGNAL, TASK_QUEUE, UPDATE } from '../../domain/messages.ts';
import { answer, cancel, eventsOf, standing, verdictOf } from '../support/poa-acts.ts';
import { bindPerson, declare, keepConsent, propose } from '../support/poa-fixtures.ts';
import { createPoaWorld, ended, type PoaWorld, stateOf, until } from '../support/poa-world.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
  await bindPerson(world);
});
afterAll(() => world?.close());

const asked = async () => {
  const { declarationId, content } = await declare(world, 'customs-started');
  await until(world, declarationId, 'awaiting_importer');
  return { declarationId, content, handle: world.client.workflow.getHandle(`poa/${declarationId}`) };
};
/** The process is as it was, and still takes the real answer. */
const unharmed = async (declarationId: string) => {
  await answeredAsEver(declarationId, { result: { verdict: 'accepted', status: 'confirmed' } });
};

/** `reply`: what whoever delivers the answer hears of it at once. */
const answeredAsEver = async (declarationId: string, reply: object) => {
  expect(await stateOf(world, declarationId)).toMatchObject({ status: 'awaiting_importer', version: 1 });
  expect(await standing(world, declarationId)).toEqual([]);
  expect(await answer(world, declarationId, 'confirmed')).toMatchObject(reply);
  expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
  expect(await eventsOf(world, declarationId)).toEqual(['awaiting_importer', 'reporting', 'confirmed']);
};

describe('ids that the database does not know', () => {
  test.each([
    ['decide', 'consentId'],
    ['amend', 'proposalId'],
    ['cancel', 'proposalId'],
    ['resolve', 'resolutionId'],
  ] as const)('%s', async (kind, member) => {
    const { declarationId, handle } = await asked();
    const payload = { [member]: randomUUID() };
    expect(await handle.executeUpdate(UPDATE[kind], { args: [payload] })).toMatchObject({
      verdict: 'unknown',
    });
    await handle.signal(SIGNAL[kind], payload);
    await unharmed(declarationId);
  });

  test("another declaration's consent and proposal", async () => {
    const other = await asked();
    const { declarationId, handle, content } = await asked();
    const consentId = (await keepConsent(world, other.declarationId, 'declined')) ?? '';
    const proposalId = await propose(world, other.declarationId, {
      kind: 'amendment',
      version: 2,
      content: { ...content, packages: 9 },
    });
    expect(await handle.executeUpdate(UPDATE.decide, { args: [{ consentId }] })).toMatchObject({
      verdict: 'unknown',
    });
    expect(await handle.executeUpdate(UPDATE.amend, { args: [{ proposalId }] })).toMatchObject({
      verdict: 'unknown',
    });
    expect(await handle.executeUpdate(UPDATE.cancel, { args: [{ proposalId }] })).toMatchObject({
      verdict: 'unknown',
    });
    expect(await verdictOf(world, consentId)).toBe('pending');
    await unharmed(declarationId);
  });

  test('a forged id beside a real consent: the real one counts, the forged one is unknown', async () => {
    const { declarationId, handle } = await asked();
    const consentId = (await keepConsent(world, declarationId, 'confirmed')) ?? '';
    expect(await handle.executeUpdate(UPDATE.decide, { args: [{ consentId: randomUUID() }] })).toMatchObject({
      verdict: 'unknown',
    });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'confirmed', version: 1 });
    expect(await verdictOf(world, consentId)).toBe('accepted');
  });
});

describe('payloads that are none', () => {
  const malformed: unknown[][] = [
    [],
    [null],
    ['text'],
    [7],
    [[]],
    [{}],
    [{ consentId: 7 }],
    [{ consentId: "'; DROP TABLE consents; --" }],
    [{ consentId: { toString: 'x' } }],
    [{ consentId: 'X'.repeat(100_000) }],
  ];

  test('updates are refused before they are kept, signals dropped', async () => {
    const { declarationId, handle } = await asked();
    for (const args of malformed) {
      for (const update of Object.values(UPDATE)) {
        await expect(handle.executeUpdate(update, { args: args as [unknown] })).rejects.toBeInstanceOf(
          WorkflowUpdateFailedError,
        );
      }
      for (const signal of [SIGNAL.decide, SIGNAL.amend, SIGNAL.cancel, SIGNAL.resolve, SIGNAL.lookAgain]) {
        await handle.signal(signal, ...(args as [unknown]));
      }
    }
    await expect(handle.executeUpdate('no-such-update', { args: [] })).rejects.toBeInstanceOf(
      WorkflowUpdateFailedError,
    );
    await handle.signal('no-such-signal', { declarationId });
    await unharmed(declarationId);
  });

  /** What no SDK would send: bytes that are not what their encoding says, and encodings that nobody knows. */
  const RAW = [
    { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"consentId": "') },
    { metadata: { encoding: Buffer.from('no/such-encoding') }, data: Buffer.from([1, 2, 3]) },
    { metadata: {}, data: Buffer.from('x') },
    {
      metadata: { encoding: Buffer.from('json/protobuf'), messageType: Buffer.from('x.Y') },
      data: Buffer.from('{'),
    },
    { data: Buffer.from('{}') },
  ];

  test('bytes that cannot be read', async () => {
    const { declarationId, handle } = await asked();
    const { workflowService } = world.client.connection;
    const about = { namespace: world.namespace, workflowExecution: { workflowId: `poa/${declarationId}` } };
    for (const payload of RAW) {
      for (const signalName of [SIGNAL.decide, SIGNAL.lookAgain]) {
        await workflowService.signalWorkflowExecution({
          ...about,
          signalName,
          input: { payloads: [payload] },
        });
      }
      await world.client.withDeadline(Date.now() + 2_000, async () => {
        const { outcome } = await workflowService.updateWorkflowExecution({
          ...about,
          waitPolicy: { lifecycleStage: 3 },
          request: {
            meta: { updateId: randomUUID(), identity: 'forger' },
            input: { name: UPDATE.decide, args: { payloads: [payload] } },
          },
        });
        expect(outcome?.failure).toBeTruthy();
      });
    }
    expect(await handle.executeUpdate(UPDATE.decide, { args: [{ consentId: randomUUID() }] })).toMatchObject({
      verdict: 'unknown',
    });
    await unharmed(declarationId);
  });
});

test('a flood of news: a look or a few, and the answer gets through', async () => {
  const { declarationId, handle } = await asked();
  await Promise.all(Array.from({ length: 300 }, () => handle.signal(SIGNAL.lookAgain)));
  const { rows } = await world.pool.query<{ step: number }>(
    'SELECT step FROM declarations WHERE declaration_id = $1',
    [declarationId],
  );
  expect(rows[0]?.step).toBeLessThan(100);
  // A process that was thrown out of its task by the flood may find the answer by itself before it is told of it.
  await answeredAsEver(declarationId, {});
});

test('a process started under another id than that of its declaration does nothing', async () => {
  const { declarationId } = await asked();
  const forged = await world.client.workflow.start('poa', {
    taskQueue: TASK_QUEUE,
    workflowId: `poa/${randomUUID()}`,
    args: [{ declarationId }],
  });
  await expect(forged.result()).rejects.toThrow();
  await unharmed(declarationId);
});

test.each([[[]], [[null]], [[{}]], [[{ declarationId: 7 }]]])(
  'a process started with %j ends at once',
  async (args) => {
    const forged = await world.client.workflow.start('poa', {
      taskQueue: TASK_QUEUE,
      workflowId: `poa/${randomUUID()}`,
      args: args as [unknown],
    });
    await expect(forged.result()).rejects.toThrow();
  },
);

test.each([
  [null],
  [{}],
  [{ registrationId: 7 }],
  [{ registrationId: 'no-uuid' }],
  [{ registrationId: randomUUID() }],
])('a registration started with %j under another id ends at once', async (input) => {
  const forged = await world.client.workflow.start('registration', {
    taskQueue: TASK_QUEUE,
    workflowId: `registration/${randomUUID()}`,
    args: [input],
  });
  await expect(forged.result()).rejects.toMatchObject({ cause: { type: 'malformed' } });
});

test('a process of no declaration ends at once', async () => {
  const declarationId = randomUUID();
  await world.client.workflow.start('poa', {
    taskQueue: TASK_QUEUE,
    workflowId: `poa/${declarationId}`,
    args: [{ declarationId }],
  });
  await expect(world.client.workflow.getHandle(`poa/${declarationId}`).result()).rejects.toThrow();
});

test('a finished process takes no message, and its outcome stays', async () => {
  const { declarationId } = await asked();
  await answer(world, declarationId, 'confirmed');
  await ended(world.client, declarationId);
  expect(await cancel(world, declarationId)).toEqual({ kind: 'undelivered' });
  expect(await standing(world, declarationId)).toEqual(['v1 confirmed']);
});
