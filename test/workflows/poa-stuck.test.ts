/** The POA's workflow alone, where an attempt at Customs is stuck or the history grows long; on a real server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SEARCH_ATTRIBUTE, SIGNAL, UPDATE } from '../../domain/messages.ts';
import { HOUR, play as playIn, type Script, type Scripted, stands } from '../support/poa-script.ts';

/** Events after which this server suggests to continue as new. */
const LONG_HISTORY = 40;

Runtime.install({ logger: new DefaultLogger('ERROR') });
let env: TestWorkflowEnvironment;
const bundle = inject('workflowBundle');
beforeAll(async () => {
  const { status, deadline } = SEARCH_ATTRIBUTE;
  env = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: inject('temporalBinary') },
      extraArgs: [
        ...['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${LONG_HISTORY}`],
        ...['--search-attribute', `${status}=Keyword`, '--search-attribute', `${deadline}=Datetime`],
      ],
    },
  });
});
afterAll(() => env?.teardown());

const play = <T>(script: Script, during: (scripted: Scripted) => Promise<T>) =>
  playIn(env, bundle, script, during);

const decided =
  (status: 'confirmed' | 'reporting', changes = {}) =>
  async () => ({
    result: { verdict: 'accepted' as const, status },
    view: stands(status, changes),
  });

/** Hangs as a call to Customs does, until it is cancelled; then ends as told. */
const hanging = (end: () => Error) => async () => {
  const pulse = setInterval(() => Context.current().heartbeat(), 50);
  try {
    return await Context.current().cancelled;
  } catch {
    throw end();
  } finally {
    clearInterval(pulse);
  }
};
const eventually = async (holds: () => boolean) => {
  for (let i = 0; i < 400 && !holds(); i++) await sleep(25);
  expect(holds()).toBe(true);
};

describe('while Customs does not answer', () => {
  const endings = [
    ['cancelled', () => new CancelledFailure('cancelled')],
    ['failed at that moment', () => ApplicationFailure.retryable('GatewayUnavailable', 'GatewayUnavailable')],
  ] as const;

  test.each(endings)(
    'a message ends the lodging first (it was %s), is judged, and it begins again',
    async (_how, end) => {
      let lodgings = 0;
      const hang = hanging(end);
      const script: Script = {
        lodge: async () =>
          (++lodgings === 1
            ? hang()
            : stands('awaiting_context', { version: 2, contextTaken: true })) as never,
        ask: async () => stands('awaiting_importer', { version: 2 }),
        judgeChange: async () => ({
          result: { verdict: 'accepted' as const, status: 'received' },
          view: stands('received', { version: 2 }),
        }),
        judgeDecision: decided('confirmed', { version: 2 }),
      };
      await play(script, async ({ handle, names }) => {
        await eventually(() => lodgings === 1);
        expect(await handle.executeUpdate(UPDATE.amend, { args: [{ proposalId: uuidv7() }] })).toMatchObject({
          verdict: 'accepted',
        });
        await eventually(() => names().includes('ask'));
        await handle.signal(SIGNAL.decide, { consentId: uuidv7() });
        expect(await handle.result()).toEqual({ status: 'confirmed', version: 2 });
        expect(names()).toEqual(['openPoa', 'lodge', 'judgeChange', 'lodge', 'ask', 'judgeDecision']);
      });
    },
  );

  test('news do not end the lodging', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const script: Script = {
      lodge: async () => {
        await released;
        return stands('awaiting_importer');
      },
      ask: async () => stands('awaiting_importer'),
      judgeDecision: decided('confirmed'),
    };
    await play(script, async ({ handle, names }) => {
      await eventually(() => names().includes('lodge'));
      for (let i = 0; i < 10; i++) await handle.signal(SIGNAL.lookAgain);
      release();
      await eventually(() => names().includes('ask'));
      await handle.signal(SIGNAL.decide, { consentId: uuidv7() });
      await handle.result();
      expect(names()).toEqual(['openPoa', 'lodge', 'ask', 'judgeDecision']);
    });
  });

  test('an answer is told its verdict while the report is stuck', async () => {
    let reports = 0;
    const hang = hanging(() => new CancelledFailure('cancelled'));
    const script: Script = {
      opening: stands('reporting'),
      report: async () => (++reports === 1 ? hang() : stands('confirmed')) as never,
      judgeDecision: decided('reporting'),
    };
    await play(script, async ({ handle, names }) => {
      await eventually(() => reports === 1);
      expect(await handle.executeUpdate(UPDATE.decide, { args: [{ consentId: uuidv7() }] })).toEqual({
        verdict: 'accepted',
        status: 'reporting',
      });
      expect(await handle.result()).toMatchObject({ status: 'confirmed' });
      expect(names()).toEqual(['openPoa', 'report', 'judgeDecision', 'report']);
    });
  });

  test('the deadline ends the lodging', async () => {
    const script: Script = {
      opening: stands('lodging', { respondBy: Date.now() - HOUR }),
      lodge: hanging(() => new CancelledFailure('cancelled')) as never,
      settleDeadline: async () => stands('reporting'),
      report: async () => stands('expired'),
    };
    await play(script, async ({ handle, names }) => {
      expect(await handle.result()).toEqual({ status: 'expired', version: 1 });
      expect(names()).toEqual(['openPoa', 'lodge', 'settleDeadline', 'report']);
    });
  });

  test('a newer run ends this one quietly also there', async () => {
    const script: Script = {
      lodge: async () => {
        throw ApplicationFailure.nonRetryable('step 1 of run 1', 'superseded-run');
      },
    };
    await play(script, async ({ handle }) => {
      expect(await handle.result()).toEqual({ status: 'received', version: 1 });
    });
  });
});

describe('a long history', () => {
  test('goes on in a fresh one, where the database says it stands; messages lose nothing', async () => {
    let epoch = 0;
    const judged: string[] = [];
    const script: Script = {
      openPoa: async () => ({ epoch: ++epoch, view: stands('awaiting_importer'), pending: [] }),
      judgeDecision: async ({ fence, consentId }) => {
        expect(fence.epoch).toBe(epoch);
        judged.push(consentId);
        const status = judged.length === 30 ? ('confirmed' as const) : ('awaiting_importer' as const);
        return { result: { verdict: 'unknown' as const, status }, view: stands(status) };
      },
    };
    await play(script, async ({ declarationId }) => {
      const handle = env.client.workflow.getHandle(`poa/${declarationId}`);
      const sent = Array.from({ length: 30 }, () => uuidv7());
      for (const consentId of sent) {
        const update = { args: [{ consentId }] as [object], updateId: consentId };
        expect(await handle.executeUpdate(UPDATE.decide, update)).toMatchObject({ verdict: 'unknown' });
      }
      expect(await handle.result()).toEqual({ status: 'confirmed', version: 1 });
      expect(judged).toEqual(sent);
      expect(epoch).toBeGreaterThan(2);
      const { raw } = await handle.describe();
      expect(Number(raw.workflowExecutionInfo?.historyLength)).toBeLessThan(3 * LONG_HISTORY);
    });
  });
});
