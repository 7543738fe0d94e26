import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import type { PoaActivities } from '../activities/poa.ts';
import { poaWorkflowId } from '../domain/ids.ts';
import { DEADLINE_MARGIN_MS } from '../domain/limits.ts';
import type { PoaInput } from '../domain/messages.ts';
import { POA_STATE, type PoaStatus } from '../domain/poa-state.ts';
import type { PoaEnd, PoaFence, PoaMessage, PoaView } from '../domain/poa-view.ts';
import { type Mailbox, openMailbox } from './mailbox.ts';
import { ownId } from './own-id.ts';
import { createStory } from './poa-story.ts';
import { failureType, isFinalFailure, stepsOf } from './steps.ts';

const { quick, patient } = stepsOf<PoaActivities>();

/**
 * The power of attorney of one declaration, P1 to P5. Nothing is decided here: every step is a transaction that reads
 * where the process stands in the database and answers with where it stands then; this says which step comes next and
 * for what it waits. A run that was started twice, or again after a lost cluster, goes on from there.
 */
export async function poa(input?: Partial<PoaInput> | null): Promise<PoaEnd> {
  const declarationId = ownId(input?.declarationId, poaWorkflowId);
  const mailbox = openMailbox();
  const { tell } = createStory();
  const opening = await quick('openPoa', { declarationId }, 'Take up the process where it stands');
  for (const message of opening.pending) void mailbox.put(message);
  let lastStep = 0;
  const run: Run = {
    mailbox,
    fence: () => ({ declarationId, epoch: opening.epoch, step: ++lastStep }),
    actedAt: Date.now(),
  };
  let view = opening.view;
  try {
    while (!view.finished) {
      tell(view);
      if (workflowInfo().continueAsNewSuggested && (await nobodyWaits(mailbox))) {
        // A long story goes on in a fresh history; the database holds all of it.
        await continueAsNew<typeof poa>({ declarationId });
      }
      view = await NEXT[view.status](run, view);
    }
    tell(view);
    view = await emptyMailbox(mailbox, view, (stood) => judgeNext(run, stood));
  } catch (error) {
    const type = failureType(error);
    if (type !== 'superseded-run' && type !== 'lost-place') throw error;
    // Another run holds the process, or will: whoever waits for this one is told to look at the database.
    view = await emptyMailbox(mailbox, view, async (stood) => {
      mailbox.take()?.answer({ verdict: 'unknown', status: stood.status });
      return stood;
    });
    if (type === 'lost-place') await continueAsNew<typeof poa>({ declarationId });
  }
  return { status: view.status, version: view.version };
}

/** What a step needs of its run. */
interface Run {
  mailbox: Mailbox;
  fence: () => PoaFence;
  /** When a due moment was last acted upon, or the run began. */
  actedAt: number;
}
type Next = (run: Run, view: PoaView) => Promise<PoaView>;

/** The process, status by status. */
const NEXT: Record<PoaStatus, Next> = {
  received: (run, view) => (view.order === 'declare-first' ? lodge(run, view) : notify(run)),
  lodging: lodge,
  awaiting_context: (run, view) => (view.contextTaken ? notify(run) : wait(run, view)),
  awaiting_registration: wait,
  needs_correction: wait,
  awaiting_importer: wait,
  reporting: (run, view) => (view.waitsForContext ? wait(run, view) : report(run, view)),
  needs_attention: wait,
  declined: wait,
  confirmed: over,
  repudiated: over,
  expired: over,
  unregistered: over,
  cancelled: over,
};

/** P1, and P2 when the context comes with Customs' answer. */
function lodge(run: Run, view: PoaView): Promise<PoaView> {
  return unlessCalled(run, view, () =>
    patient('lodge', { fence: run.fence() }, 'P1: lodge the declaration with Customs'),
  );
}

/** P3. */
function notify(run: Run): Promise<PoaView> {
  return quick('ask', { fence: run.fence() }, 'P3: find the importer and notify them');
}

/** P5. */
function report(run: Run, view: PoaView): Promise<PoaView> {
  return unlessCalled(run, view, () =>
    patient('report', { fence: run.fence() }, 'P5: bring the outcome to Customs'),
  );
}

/** A due moment that the database's clock has not reached yet is tried again no sooner than this, ms. */
const SHORTEST_WAIT_MS = 1_000;

/** Waits for a message or for the next due moment, whichever comes first. */
async function wait(run: Run, view: PoaView): Promise<PoaView> {
  const due = nextDue(view);
  const inTime = await within(run, due, () => run.mailbox.size > 0);
  return due && !inTime ? actOn(run, due, view) : judgeNext(run, view);
}

/**
 * Waits until the check holds; false when the due moment came first. The time counts from the last due moment, not from the
 * last message: however many of them come, none keeps the deadline from its time.
 */
async function within(run: Run, due: Due | null, holds: () => boolean): Promise<boolean> {
  if (!due) {
    await condition(holds);
    return true;
  }
  const left = Math.max(due.at, run.actedAt + SHORTEST_WAIT_MS) - Date.now();
  return left > 0 && condition(holds, left, { summary: due.summary });
}

function actOn(run: Run, due: Due, view: PoaView): Promise<PoaView> {
  run.actedAt = Date.now();
  return due.act(run, view);
}

interface Due {
  at: number;
  summary: string;
  act: Next;
}

/** The one next moment at which something must happen by itself. */
function nextDue({ status, respondBy, nudges, openUntil }: PoaView): Due | null {
  const moments: Due[] = [];
  const at = (moment: number | null, summary: string, act: Next) => {
    if (moment !== null) moments.push({ at: moment, summary, act });
  };
  at(nudges.smsAt, 'P3: SMS if the push was not displayed', nudge('sms'));
  at(nudges.reminderAt, 'P3: reminder at half time', nudge('reminder'));
  at(nudges.deliverAt, 'P3: once more, no channel took it', nudge('deliver'));
  at(openUntil, 'Close the declined declaration', close);
  if (POA_STATE[status].deadline) at(respondBy + DEADLINE_MARGIN_MS, 'Deadline for the answer', expire);
  return moments.reduce<Due | null>((first, due) => (first && first.at <= due.at ? first : due), null);
}

const nudge =
  (kind: 'sms' | 'reminder' | 'deliver'): Next =>
  (run) =>
    quick('nudge', { fence: run.fence(), nudge: kind }, `P3: ${kind}`);

const close: Next = (run) => quick('closeDeclined', { fence: run.fence() }, 'Close the declined declaration');

/** The deadline passed: `expired` or `unregistered`, unless an answer was kept in time. */
const expire: Next = (run) => quick('settleDeadline', { fence: run.fence() }, 'Settle: the deadline passed');

async function over(): Promise<PoaView> {
  throw new Error('a finished process has no next step');
}

/** Judges the oldest message and answers whoever sent it, whatever becomes of it. */
async function judgeNext(run: Run, view: PoaView): Promise<PoaView> {
  const letter = run.mailbox.take();
  if (!letter) return view;
  try {
    const { result, view: after } = await judge(run, view, letter.message);
    letter.answer(result);
    return after;
  } catch (error) {
    letter.answer({ verdict: 'unknown', status: view.status });
    throw error;
  }
}

/** Lets whoever was answered have the answer; whether no message is left then. */
async function nobodyWaits(mailbox: Mailbox): Promise<boolean> {
  await condition(() => mailbox.size > 0 || allHandlersFinished());
  return mailbox.size === 0;
}

/** A run ends when nobody waits for it any more. */
async function emptyMailbox(
  mailbox: Mailbox,
  view: PoaView,
  next: (view: PoaView) => Promise<PoaView>,
): Promise<PoaView> {
  let last = view;
  while (!(await nobodyWaits(mailbox))) last = await next(last);
  return last;
}

async function judge(
  run: Run,
  view: PoaView,
  message: PoaMessage,
): Promise<{ result: unknown; view: PoaView }> {
  const fence = run.fence();
  switch (message.kind) {
    case 'decide':
      return quick('judgeDecision', { fence, consentId: message.id }, "P4: judge the importer's answer");
    case 'amend':
      return quick('judgeChange', { fence, proposalId: message.id }, 'Judge the amendment');
    case 'cancel':
      return quick('judgeChange', { fence, proposalId: message.id }, 'Judge the cancellation');
    case 'resolve':
      return quick('judgeResolution', { fence, resolutionId: message.id }, "Judge the operator's resolution");
    case 'look':
      return { result: null, view: await lookAgain(run, view) };
  }
}

/** News: a context came, the phone became registered, the binding asked has ended; or the run forgot what it did. */
async function lookAgain(run: Run, view: PoaView): Promise<PoaView> {
  if (view.status === 'awaiting_registration' || view.status === 'awaiting_importer') return notify(run);
  // The next step reads the database by itself.
  if (view.status === 'reporting') return { ...view, waitsForContext: false };
  return quick('takeUpContext', { fence: run.fence() }, "P2: take up Customs' context, see where it stands");
}

/**
 * Runs a step that may wait for Customs for long. A message that somebody waits for, or the deadline, ends the attempt
 * first; then it is acted upon, and the step begins again with the same key: Customs never hears two of our acts at once.
 */
async function unlessCalled(run: Run, view: PoaView, step: () => Promise<PoaView>): Promise<PoaView> {
  if (run.mailbox.urgent) return judgeNext(run, view);
  const scope = new CancellationScope();
  let settled = false;
  const running = scope.run(step).finally(() => {
    settled = true;
  });
  running.catch(() => {});
  const due = nextDue(view);
  const inTime = await within(run, due, () => settled || run.mailbox.urgent);
  const interrupted = !settled;
  if (interrupted) scope.cancel();
  const after = await running.catch((error: unknown) => {
    // An attempt that was ended may fail in any way: it says nothing. What is final stays final.
    if (interrupted && !isFinalFailure(error)) return view;
    throw error;
  });
  if (run.mailbox.urgent) return judgeNext(run, after);
  return due && !inTime ? actOn(run, due, after) : after;
}
