/** The workflow alone, on a server whose clock skips: which step comes next, and for what it waits. */
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { RegistrationActivities } from '../../activities/registration.ts';
import { SEARCH_ATTRIBUTE, SIGNAL, WORKFLOW } from '../../domain/messages.ts';
import type { PhoneChangeHold, RegistrationView } from '../../domain/registration-view.ts';
import { startTimeSkipping } from '../support/temporal.ts';

const MINUTE = 60_000;

Runtime.install({ logger: new DefaultLogger('ERROR') });
let env: TestWorkflowEnvironment;
const bundle = inject('workflowBundle');
beforeAll(async () => {
  env = await startTimeSkipping();
  await env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: { [SEARCH_ATTRIBUTE.status]: 2 },
  });
});
afterAll(() => env?.teardown());

const view = (changes: Partial<RegistrationView> = {}): RegistrationView => ({
  status: 'awaiting_telecom',
  reason: null,
  redirectWaits: false,
  tryUntil: Date.now() + 10 * MINUTE,
  numberVerified: false,
  ...changes,
});

interface Script extends Partial<RegistrationActivities> {
  opening?: Partial<RegistrationView>;
}

/** Runs the workflow against activities that answer as told; `calls` are the steps that it took. */
async function run(script: Script, during: (workflowId: string) => Promise<void> = async () => {}) {
  const calls: string[] = [];
  const { opening, ...told } = script;
  const answers = {
    openRegistration: async () => ({ epoch: 1, view: view(opening) }),
    takeUpRedirect: async () => view({ status: 'verifying' }),
    verifyNumber: async () => view({ status: 'verifying', numberVerified: true }),
    matchIdentity: async () => view({ status: 'binding' }),
    tellHolder: async () => view({ status: 'binding' }),
    endHold: async () => view({ status: 'binding' }),
    fileIdentity: async () => view({ status: 'bound' }),
    announceBinding: async () => {},
    ...told,
  } satisfies RegistrationActivities;
  const activities = Object.fromEntries(
    Object.entries(answers).map(([name, act]) => [
      name,
      (input: never) => {
        calls.push(name);
        return act(input);
      },
    ]),
  );
  const taskQueue = uuidv7();
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle: bundle,
    activities,
  });
  const workflowId = `registration/${taskQueue}`;
  const result = await worker.runUntil(async () => {
    const handle = await env.client.workflow.start(WORKFLOW.registration, {
      taskQueue,
      workflowId,
      args: [{ registrationId: taskQueue }],
    });
    await during(workflowId);
    return handle.result();
  });
  return { result, calls };
}

const signal = (workflowId: string) =>
  env.client.workflow.getHandle(workflowId).signal(SIGNAL.authorizationReceived);

const STORY = ['takeUpRedirect', 'verifyNumber', 'matchIdentity', 'fileIdentity', 'announceBinding'];

test('R1 to R4, when the redirect comes', async () => {
  const { result, calls } = await run({}, signal);
  expect(result).toEqual({ status: 'bound', reason: null });
  expect(calls).toEqual(['openRegistration', ...STORY]);
});

test('goes on at once where the database says that it stands: a redirect waits, or it was binding', async () => {
  expect((await run({ opening: { redirectWaits: true } })).calls).toEqual(['openRegistration', ...STORY]);
  const { calls } = await run({ opening: { status: 'binding' } });
  expect(calls).toEqual(['openRegistration', 'fileIdentity', 'announceBinding']);
});

test('an ended registration is left alone', async () => {
  const { result, calls } = await run({ opening: { status: 'refused', reason: 'prepaid' } });
  expect(result).toEqual({ status: 'refused', reason: 'prepaid' });
  expect(calls).toEqual(['openRegistration']);
});

test('nobody came back in time: the database is asked, and a newer try gives the time again', async () => {
  let asked = 0;
  const begun = await env.currentTimeMs();
  const { result, calls } = await run({
    opening: { tryUntil: begun + 10 * MINUTE },
    takeUpRedirect: async () => {
      asked += 1;
      const now = await env.currentTimeMs();
      return asked === 1 ? view({ tryUntil: now + 4 * MINUTE }) : view({ status: 'abandoned' });
    },
  });
  expect(result).toEqual({ status: 'abandoned', reason: null });
  expect(calls).toEqual(['openRegistration', 'takeUpRedirect', 'takeUpRedirect']);
  const took = (await env.currentTimeMs()) - begun;
  expect(took).toBeGreaterThanOrEqual(14 * MINUTE);
  expect(took).toBeLessThan(15 * MINUTE);
});

test('not on mobile data: back to waiting, and again from R2 with the next redirect', async () => {
  let tries = 0;
  const { result, calls } = await run({
    opening: { redirectWaits: true },
    verifyNumber: async () => {
      tries += 1;
      return tries === 1
        ? view({ reason: 'not-on-mobile-network', redirectWaits: true })
        : view({ status: 'refused', reason: 'number-not-verified' });
    },
  });
  expect(result).toEqual({ status: 'refused', reason: 'number-not-verified' });
  expect(calls).toEqual([
    'openRegistration',
    'takeUpRedirect',
    'verifyNumber',
    'takeUpRedirect',
    'verifyNumber',
  ]);
});

test('an outage is waited out, however long: 200 failed tries of Customs end as bound', async () => {
  let tries = 0;
  const { result } = await run({
    opening: { status: 'binding' },
    fileIdentity: async () => {
      tries += 1;
      if (tries <= 200) throw ApplicationFailure.retryable('Customs is unavailable', 'GatewayUnavailable');
      return view({ status: 'bound' });
    },
  });
  expect(result).toEqual({ status: 'bound', reason: null });
});

test('a short step that does not work out as a local activity is done as a regular one', async () => {
  let tries = 0;
  const { result } = await run({
    opening: { redirectWaits: true },
    takeUpRedirect: async () => {
      tries += 1;
      if (tries <= 3) throw ApplicationFailure.retryable('database', 'Error');
      return view({ status: 'refused', reason: 'prepaid' });
    },
  });
  expect(result).toEqual({ status: 'refused', reason: 'prepaid' });
});

describe('a change of phone that no passkey vouches for', () => {
  const DAY = 24 * 60 * MINUTE;
  const held = (until: number, changes: Partial<PhoneChangeHold> = {}) =>
    view({
      status: 'verifying',
      reason: 'change-of-phone',
      numberVerified: true,
      hold: { until, told: true, objected: false, ...changes },
    });

  test('the old number is told, then a day passes, then it is bound', async () => {
    const begun = await env.currentTimeMs();
    let took = 0;
    const { result, calls } = await run({
      opening: { redirectWaits: true },
      matchIdentity: async () => held(begun + DAY, { told: false }),
      tellHolder: async () => held((await env.currentTimeMs()) + DAY),
      endHold: async () => {
        took = (await env.currentTimeMs()) - begun;
        return view({ status: 'binding' });
      },
    });
    expect(result).toEqual({ status: 'bound', reason: null });
    expect(calls).toEqual([
      'openRegistration',
      'takeUpRedirect',
      'verifyNumber',
      'matchIdentity',
      'tellHolder',
      'endHold',
      'fileIdentity',
      'announceBinding',
    ]);
    expect(took).toBeGreaterThanOrEqual(DAY);
    expect(took).toBeLessThan(DAY + MINUTE);
  });

  test('an objection ends it at once; news of anything else end nothing', async () => {
    const begun = await env.currentTimeMs();
    let asked = 0;
    let took = 0;
    const { result, calls } = await run(
      {
        opening: held(begun + DAY),
        endHold: async () => {
          asked += 1;
          took = (await env.currentTimeMs()) - begun;
          return asked === 1 ? held(begun + DAY) : view({ status: 'refused', reason: 'change-of-phone' });
        },
      },
      async (workflowId) => {
        await signal(workflowId);
        await env.sleep(MINUTE);
        await env.client.workflow.getHandle(workflowId).signal(SIGNAL.lookAgain);
      },
    );
    expect(result).toEqual({ status: 'refused', reason: 'change-of-phone' });
    expect(calls).toEqual(['openRegistration', 'endHold', 'endHold']);
    expect(took).toBeLessThan(DAY);
  });

  test('an objection that came before anything was told, or before a run that took over, is acted upon', async () => {
    const until = (await env.currentTimeMs()) + DAY;
    const refuse = async () => view({ status: 'refused', reason: 'change-of-phone' });
    for (const told of [false, true]) {
      const { calls } = await run({ opening: held(until, { told, objected: true }), endHold: refuse });
      expect(calls).toEqual(['openRegistration', 'endHold']);
    }
  });

  test('the SMS service is down for two days: nobody is moved whom nobody could tell', async () => {
    const begun = await env.currentTimeMs();
    let tries = 0;
    const { result } = await run({
      opening: held(begun + DAY, { told: false }),
      tellHolder: async () => {
        const now = await env.currentTimeMs();
        if (now < begun + 2 * DAY) {
          tries += 1;
          throw ApplicationFailure.retryable('the SMS service is unavailable', 'GatewayUnavailable');
        }
        return held(now + DAY);
      },
    });
    expect(result).toEqual({ status: 'bound', reason: null });
    expect(tries).toBeGreaterThan(10);
    expect((await env.currentTimeMs()) - begun).toBeGreaterThanOrEqual(3 * DAY);
  });

  test('a clock of the database that is behind is not asked in a hurry', async () => {
    const begun = await env.currentTimeMs();
    let asked = 0;
    const { calls } = await run({
      opening: held(begun),
      endHold: async () => {
        asked += 1;
        return asked < 4 ? held(begun) : view({ status: 'binding' });
      },
    });
    expect(calls.filter((name) => name === 'endHold')).toHaveLength(4);
    expect((await env.currentTimeMs()) - begun).toBeGreaterThanOrEqual(4_000);
  });
});

test('a newer run holds the registration: this one ends quietly', async () => {
  const { result, calls } = await run({
    opening: { redirectWaits: true },
    verifyNumber: async () => {
      throw ApplicationFailure.nonRetryable('a newer run', 'superseded-run');
    },
  });
  expect(result).toEqual({ status: 'verifying', reason: null });
  expect(calls).toEqual(['openRegistration', 'takeUpRedirect', 'verifyNumber']);
});
