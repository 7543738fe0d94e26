/** What the POA's workflow does when a step fails; on a server whose clock skips. */
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SEARCH_ATTRIBUTE, SIGNAL, UPDATE } from '../../domain/messages.ts';
import { play as playIn, type Script, type Scripted, stands } from '../support/poa-script.ts';
import { startTimeSkipping } from '../support/temporal.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });
let env: TestWorkflowEnvironment;
const bundle = inject('workflowBundle');
beforeAll(async () => {
  env = await startTimeSkipping();
  await env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: { [SEARCH_ATTRIBUTE.status]: 2, [SEARCH_ATTRIBUTE.deadline]: 6 },
  });
});
afterAll(() => env?.teardown());

const play = <T>(script: Script, during: (scripted: Scripted) => Promise<T>) =>
  playIn(env, bundle, script, during);

describe('failures', () => {
  test('a quick step that fails is done by a patient one, under the same place in the run', async () => {
    let tries = 0;
    const script: Script = {
      opening: stands('received', { order: 'customs-started' }),
      ask: async () => {
        if (++tries < 3) throw ApplicationFailure.retryable('error 57P01', 'error');
        return stands('awaiting_importer');
      },
      judgeDecision: async () => ({
        result: { verdict: 'accepted' as const, status: 'confirmed' },
        view: stands('confirmed'),
      }),
    };
    await play(script, async ({ handle, calls }) => {
      await handle.signal(SIGNAL.decide, { consentId: uuidv7() });
      expect(await handle.result()).toMatchObject({ status: 'confirmed' });
      const asks = calls.filter(({ name }) => name === 'ask');
      expect(asks.map(({ step }) => step)).toEqual([1, 1, 1]);
    });
  });

  test('a newer run holds the process: this one ends quietly, and whoever asked it is told to look elsewhere', async () => {
    const superseded = async () => {
      throw ApplicationFailure.nonRetryable('step 1 of run 1', 'superseded-run');
    };
    await play({ opening: stands('awaiting_importer'), judgeDecision: superseded }, async ({ handle }) => {
      const answers = await Promise.all(
        Array.from({ length: 3 }, () =>
          handle.executeUpdate(UPDATE.decide, { args: [{ consentId: uuidv7() }] }),
        ),
      );
      expect(answers).toEqual(Array(3).fill({ verdict: 'unknown', status: 'awaiting_importer' }));
      expect(await handle.result()).toEqual({ status: 'awaiting_importer', version: 1 });
    });
  });

  test('a run that lost its place goes on in a fresh one, and whoever asked it is told to look elsewhere', async () => {
    let epoch = 0;
    const script: Script = {
      openPoa: async () => ({
        epoch: ++epoch,
        view: stands(epoch === 1 ? 'awaiting_importer' : 'reporting'),
        pending: [],
      }),
      judgeDecision: async () => {
        throw ApplicationFailure.nonRetryable('step 1 of run 1', 'lost-place');
      },
      report: async () => stands('confirmed'),
    };
    await play(script, async ({ handle, names }) => {
      expect(await handle.executeUpdate(UPDATE.decide, { args: [{ consentId: uuidv7() }] })).toEqual({
        verdict: 'unknown',
        status: 'awaiting_importer',
      });
      expect(await handle.result()).toEqual({ status: 'confirmed', version: 1 });
      // A local activity runs at least once: the task that asks for a fresh run may itself be repeated.
      expect([...new Set(names())]).toEqual(['openPoa', 'judgeDecision', 'report']);
      expect(names().slice(-2)).toEqual(['openPoa', 'report']);
    });
  });

  test('data that were destroyed fail the process for good', async () => {
    const shredded = async () => {
      throw ApplicationFailure.nonRetryable('its data key was destroyed', 'shredded');
    };
    await play(
      { opening: stands('received', { order: 'customs-started' }), ask: shredded },
      async ({ handle }) => {
        await expect(handle.result()).rejects.toMatchObject({ cause: { cause: { type: 'shredded' } } });
      },
    );
  });
});
