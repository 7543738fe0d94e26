/** The POA's workflow alone, on a server whose clock skips: which step comes next, and for what it waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SEARCH_ATTRIBUTE, SIGNAL, UPDATE } from '../../domain/messages.ts';
import type { PoaStatus } from '../../domain/poa-state.ts';
import { noNudges } from '../../domain/poa-view.ts';
import { HOUR, play as playIn, type Script, type Scripted, stands } from '../support/poa-script.ts';
import { startTimeSkipping } from '../support/temporal.ts';

const MINUTE = 60_000;
/** The deadline's timer fires this long after it (domain/limits.ts). */
const MARGIN = 1_000;

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
const clock = () => env.currentTimeMs();
/** Due moments are by the server's clock, which skipping moves on. */
const inMs = async (ms: number) => (await clock()) + ms;

const decided =
  (status: PoaStatus, changes = {}) =>
  async () => ({
    result: { verdict: 'accepted' as const, status },
    view: stands(status, changes),
  });

const eventually = async (holds: () => boolean) => {
  for (let i = 0; i < 400 && !holds(); i++) await sleep(25);
  expect(holds()).toBe(true);
};

describe('each order', () => {
  test('declare-first: lodge, context, ask, answer, report', async () => {
    const script = {
      lodge: async () => stands('awaiting_context', { contextTaken: true }),
      ask: async () => stands('awaiting_importer'),
      judgeDecision: decided('confirmed'),
    };
    await play(script, async ({ handle, names, calls }) => {
      await eventually(() => names().includes('ask'));
      const args = [{ consentId: uuidv7() }] as [object];
      expect(await handle.executeUpdate(UPDATE.decide, { args })).toMatchObject({ verdict: 'accepted' });
      expect(await handle.result()).toEqual({ status: 'confirmed', version: 1 });
      expect(names()).toEqual(['openPoa', 'lodge', 'ask', 'judgeDecision']);
      expect(calls.map(({ step }) => step)).toEqual([undefined, 1, 2, 3]);
    });
  });

  test('declare-first, context later: news bring it', async () => {
    const script = {
      lodge: async () => stands('awaiting_context'),
      takeUpContext: async () => stands('awaiting_context', { contextTaken: true }),
      ask: async () => stands('awaiting_importer'),
      judgeDecision: decided('repudiated'),
    };
    await play(script, async ({ handle, names }) => {
      await eventually(() => names().includes('lodge'));
      await handle.signal(SIGNAL.lookAgain);
      await eventually(() => names().includes('ask'));
      await handle.signal(SIGNAL.decide, { consentId: uuidv7() });
      expect(await handle.result()).toEqual({ status: 'repudiated', version: 1 });
    });
  });

  test.each(['consent-first', 'customs-started'] as const)('%s: ask first', async (order) => {
    const script = {
      opening: stands('received', { order }),
      ask: async () => stands('awaiting_importer', { order }),
      judgeDecision: decided('reporting', { order }),
      report: async () => stands('confirmed', { order }),
    };
    await play(script, async ({ handle, names }) => {
      const args = [{ consentId: uuidv7() }] as [object];
      expect(await handle.executeUpdate(UPDATE.decide, { args })).toMatchObject({ status: 'reporting' });
      expect(await handle.result()).toEqual({ status: 'confirmed', version: 1 });
      expect(names()).toEqual(['openPoa', 'ask', 'judgeDecision', 'report']);
    });
  });

  test('consent-first, context later: the report waits for it', async () => {
    let contextHere = false;
    const script = {
      opening: stands('reporting', { order: 'consent-first' }),
      report: async () =>
        contextHere
          ? stands('confirmed')
          : stands('reporting', { order: 'consent-first', waitsForContext: true }),
    };
    await play(script, async ({ handle, names }) => {
      await eventually(() => names().includes('report'));
      await sleep(100);
      expect(names()).toEqual(['openPoa', 'report']);
      contextHere = true;
      await handle.signal(SIGNAL.lookAgain);
      expect(await handle.result()).toMatchObject({ status: 'confirmed' });
    });
  });
});

describe('each outcome', () => {
  test.each(['confirmed', 'repudiated', 'expired', 'unregistered', 'cancelled'] as const)(
    'ends the process: %s',
    async (status) => {
      const script = { opening: stands('reporting'), report: async () => stands(status) };
      await play(script, async ({ handle }) => {
        expect(await handle.result()).toEqual({ status, version: 1 });
      });
    },
  );

  test.each(['confirmed', 'repudiated', 'expired', 'unregistered', 'cancelled'] as const)(
    'a second run after %s does nothing',
    async (status) => {
      await play({ opening: stands(status) }, async ({ handle, names }) => {
        expect(await handle.result()).toEqual({ status, version: 1 });
        expect(names()).toEqual(['openPoa']);
      });
    },
  );

  test('declined stays open for seven days, then closes', async () => {
    const openUntil = await inMs(7 * 24 * HOUR);
    const script = {
      opening: stands('reporting'),
      report: async () => stands('declined', { openUntil }),
      closeDeclined: async () => stands('declined', { finished: true }),
    };
    await play(script, async ({ handle, calls }) => {
      expect(await handle.result()).toEqual({ status: 'declined', version: 1 });
      expect(calls.at(-1)).toMatchObject({ name: 'closeDeclined' });
      expect(calls.at(-1)?.at).toBeGreaterThanOrEqual(openUntil);
    });
  });

  test('declined and amended begins anew', async () => {
    const openUntil = await inMs(7 * 24 * HOUR);
    const script = {
      opening: stands('declined', { openUntil }),
      judgeChange: async () => ({
        result: { verdict: 'accepted' as const, status: 'received' },
        view: stands('received', { version: 2, order: 'customs-started' as const }),
      }),
      ask: async () => stands('awaiting_importer', { version: 2 }),
      judgeDecision: decided('confirmed', { version: 2 }),
    };
    await play(script, async ({ handle, names }) => {
      await handle.executeUpdate(UPDATE.amend, { args: [{ proposalId: uuidv7() }] });
      await handle.signal(SIGNAL.decide, { consentId: uuidv7() });
      expect(await handle.result()).toEqual({ status: 'confirmed', version: 2 });
      expect(names()).toEqual(['openPoa', 'judgeChange', 'ask', 'judgeDecision']);
    });
  });

  test('needs_attention waits for an operator, without a deadline', async () => {
    const script = {
      opening: stands('needs_attention', { attention: 'reply-33', respondBy: await inMs(HOUR) }),
      judgeResolution: async () => ({
        result: { verdict: 'accepted' as const, status: 'reporting' },
        view: stands('reporting'),
      }),
      report: async () => stands('confirmed'),
    };
    await play(script, async ({ handle, names }) => {
      await eventually(() => names().length === 1);
      await env.sleep('100 days');
      expect(names()).toEqual(['openPoa']);
      await handle.executeUpdate(UPDATE.resolve, { args: [{ resolutionId: uuidv7() }] });
      expect(await handle.result()).toMatchObject({ status: 'confirmed' });
    });
  });
});

describe('timers', () => {
  test.each([
    ['awaiting_importer', 'expired'],
    ['awaiting_registration', 'unregistered'],
    ['needs_correction', 'expired'],
    ['awaiting_context', 'expired'],
  ] as const)('72 h: %s becomes %s', async (status, outcome) => {
    const respondBy = await inMs(72 * HOUR);
    const script = {
      opening: stands(status, { respondBy }),
      settleDeadline: async () => stands(outcome),
    };
    await play(script, async ({ handle, calls }) => {
      expect(await handle.result()).toEqual({ status: outcome, version: 1 });
      expect(calls.map(({ name }) => name)).toEqual(['openPoa', 'settleDeadline']);
      expect(calls[1]?.at).toBeGreaterThanOrEqual(respondBy + MARGIN);
      expect(calls[1]?.at).toBeLessThan(respondBy + MINUTE);
    });
  });

  test('SMS at 10 min, reminder at half time, deadline at 72 h, in this order', async () => {
    const from = await clock();
    const respondBy = from + 72 * HOUR;
    const nudges = { smsAt: from + 10 * MINUTE, reminderAt: from + 36 * HOUR, deliverAt: null };
    const script: Script = {
      opening: stands('awaiting_importer', { respondBy, nudges }),
      nudge: async ({ nudge }) =>
        stands('awaiting_importer', {
          respondBy,
          nudges: { ...nudges, smsAt: null, ...(nudge === 'reminder' && { reminderAt: null }) },
        }),
      settleDeadline: async () => stands('expired'),
    };
    await play(script, async ({ handle, calls }) => {
      await handle.result();
      const told = calls
        .slice(1)
        .map(({ name, at, input }) => [
          (input as { nudge?: string }).nudge ?? name,
          Math.round((at - from) / MINUTE),
        ]);
      expect(told).toEqual([
        ['sms', 10],
        ['reminder', 36 * 60],
        ['settleDeadline', 72 * 60],
      ]);
    });
  });

  test('what no channel took is delivered again until one does', async () => {
    const respondBy = await inMs(HOUR);
    let tries = 0;
    const again = async () => ({ ...noNudges(), deliverAt: (await clock()) + 30_000 });
    const script: Script = {
      opening: stands('awaiting_registration', { respondBy, nudges: await again() }),
      nudge: async () =>
        stands('awaiting_registration', { respondBy, nudges: ++tries < 3 ? await again() : noNudges() }),
      settleDeadline: async () => stands('unregistered'),
    };
    await play(script, async ({ handle, names }) => {
      await handle.result();
      expect(names()).toEqual(['openPoa', 'nudge', 'nudge', 'nudge', 'settleDeadline']);
    });
  });

  test("a deadline that the database's clock has not reached is tried again", async () => {
    const respondBy = await inMs(HOUR);
    let early = 2;
    const script = {
      opening: stands('awaiting_importer', { respondBy }),
      settleDeadline: async () =>
        early-- > 0 ? stands('awaiting_importer', { respondBy }) : stands('expired'),
    };
    await play(script, async ({ handle, calls }) => {
      await handle.result();
      const at = calls.slice(1).map((call) => call.at);
      expect(at).toHaveLength(3);
      expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(900);
    });
  });

  test('messages that never end do not keep the deadline from its time', async () => {
    const waits = stands('awaiting_context', { respondBy: await clock() });
    const script: Script = {
      opening: waits,
      takeUpContext: async () => waits,
      settleDeadline: async () => stands('expired'),
    };
    await play(script, async ({ handle, names }) => {
      for (let i = 0; i < 30 && !names().includes('settleDeadline'); i++) {
        await handle.signal(SIGNAL.lookAgain).catch(() => {});
        await sleep(200);
      }
      expect(names()).toContain('settleDeadline');
    });
  });

  test('a deadline that was moved counts from where it stands now', async () => {
    const [earlier, later] = [await inMs(HOUR), await inMs(5 * HOUR)];
    const script = {
      opening: stands('needs_correction', { respondBy: earlier }),
      judgeChange: async () => ({
        result: { verdict: 'accepted' as const, status: 'needs_correction' },
        view: stands('needs_correction', { version: 2, respondBy: later }),
      }),
      settleDeadline: async () => stands('expired', { version: 2 }),
    };
    await play(script, async ({ handle, calls }) => {
      await handle.executeUpdate(UPDATE.amend, { args: [{ proposalId: uuidv7() }] });
      await handle.result();
      expect(calls.at(-1)?.at).toBeGreaterThanOrEqual(later + MARGIN);
    });
  });
});

describe('messages', () => {
  const waiting = { opening: stands('awaiting_importer') };

  test('an update, then its own signal: judged once more, answered the same', async () => {
    const consentId = uuidv7();
    const openUntil = await inMs(HOUR);
    const script: Script = {
      ...waiting,
      judgeDecision: decided('declined', { openUntil }),
      closeDeclined: async () => stands('declined', { finished: true }),
    };
    await play(script, async ({ handle, names }) => {
      const update = { args: [{ consentId }] as [object], updateId: consentId };
      expect(await handle.executeUpdate(UPDATE.decide, update)).toMatchObject({ verdict: 'accepted' });
      await handle.signal(SIGNAL.decide, { consentId });
      expect(await handle.result()).toMatchObject({ status: 'declined' });
      expect(names()).toEqual(['openPoa', 'judgeDecision', 'judgeDecision', 'closeDeclined']);
      // The same update id again is the first answer, after the end too.
      expect(await handle.executeUpdate(UPDATE.decide, update)).toMatchObject({ verdict: 'accepted' });
    });
  });

  test('a signal alone is enough', async () => {
    await play({ ...waiting, judgeDecision: decided('confirmed') }, async ({ handle, calls }) => {
      const consentId = uuidv7();
      await handle.signal(SIGNAL.decide, { consentId });
      expect(await handle.result()).toMatchObject({ status: 'confirmed' });
      expect(calls.at(-1)?.input).toMatchObject({ consentId });
    });
  });

  test('what waited before the run is judged first, in its order', async () => {
    const [consentId, proposalId] = [uuidv7(), uuidv7()];
    const script: Script = {
      ...waiting,
      pending: [
        { kind: 'amend', id: proposalId },
        { kind: 'decide', id: consentId },
      ],
      judgeChange: async () => ({
        result: {
          verdict: 'refused' as const,
          code: 'already-decided' as const,
          status: 'awaiting_importer',
        },
        view: stands('awaiting_importer'),
      }),
      judgeDecision: decided('confirmed'),
    };
    await play(script, async ({ handle, names }) => {
      expect(await handle.result()).toMatchObject({ status: 'confirmed' });
      expect(names()).toEqual(['openPoa', 'judgeChange', 'judgeDecision']);
    });
  });

  test('many at once are judged one at a time; whoever comes after the end is answered too', async () => {
    let running = 0;
    let finished = false;
    const script: Script = {
      ...waiting,
      judgeDecision: async () => {
        running += 1;
        await sleep(20);
        expect(running).toBe(1);
        running -= 1;
        const verdict = finished ? ('refused' as const) : ('accepted' as const);
        finished = true;
        return { result: { verdict, status: 'confirmed' }, view: stands('confirmed') };
      },
    };
    await play(script, async ({ handle }) => {
      const answers = await Promise.allSettled(
        Array.from({ length: 5 }, () =>
          handle.executeUpdate<{ verdict: string }, [object]>(UPDATE.decide, {
            args: [{ consentId: uuidv7() }],
          }),
        ),
      );
      const verdicts = answers.flatMap((a) => (a.status === 'fulfilled' ? [a.value.verdict] : []));
      expect(verdicts.filter((verdict) => verdict === 'accepted')).toHaveLength(1);
      expect(await handle.result()).toMatchObject({ status: 'confirmed' });
    });
  });

  test('news where nothing is waited for: it looks where it stands, and goes on waiting', async () => {
    const declined = stands('declined', { openUntil: await inMs(HOUR) });
    const script: Script = {
      opening: declined,
      takeUpContext: async () => declined,
      closeDeclined: async () => stands('declined', { finished: true }),
    };
    await play(script, async ({ handle, names }) => {
      await handle.signal(SIGNAL.lookAgain);
      await handle.result();
      expect(names()).toEqual(['openPoa', 'takeUpContext', 'closeDeclined']);
    });
  });
});
