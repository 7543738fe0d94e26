import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import type { RegistrationActivities } from '../activities/registration.ts';
import { registrationWorkflowId } from '../domain/ids.ts';
import { DEADLINE_MARGIN_MS } from '../domain/limits.ts';
import { type RegistrationInput, SIGNAL } from '../domain/messages.ts';
import { isRegistrationEnded, type RegistrationStatus } from '../domain/registration-state.ts';
import type {
  PhoneChangeHold,
  RegistrationEnd,
  RegistrationFence,
  RegistrationView,
} from '../domain/registration-view.ts';
import { ownId } from './own-id.ts';
import { tellEnd, tellRegistration } from './registration-story.ts';
import { failureType, stepsOf } from './steps.ts';

const { quick, patient } = stepsOf<RegistrationActivities>();

const authorizationReceived = defineSignal(SIGNAL.authorizationReceived);
const lookAgain = defineSignal(SIGNAL.lookAgain);

/**
 * The registration of one importer, R1 to R4. Nothing is decided here: every step is a transaction that reads where the
 * registration stands in the database and answers with where it stands then; this says which step comes next and for
 * what it waits. A run that was started twice, or again after a lost cluster, goes on from there.
 */
export async function registration(input?: Partial<RegistrationInput> | null): Promise<RegistrationEnd> {
  const registrationId = ownId(input?.registrationId, registrationWorkflowId);
  const news = { came: false };
  const heard = () => {
    news.came = true;
  };
  setHandler(authorizationReceived, heard, { description: "The operator's redirect came" });
  setHandler(lookAgain, heard, { description: 'The person objects to the change of their phone' });
  const opening = await quick(
    'openRegistration',
    { registrationId },
    'Take up the registration where it stands',
  );
  let step = 0;
  const run: Run = { news, fence: () => ({ registrationId, epoch: opening.epoch, step: ++step }) };
  let view = opening.view;
  if (isRegistrationEnded(view.status)) return endOf(view);
  try {
    while (!isRegistrationEnded(view.status)) {
      tellRegistration(view);
      view = await NEXT[view.status](run, view);
    }
    if (view.status === 'bound') await announce(run);
  } catch (error) {
    // Another run holds the registration, and tells its end.
    if (failureType(error) === 'superseded-run') return endOf(view);
    throw error;
  }
  tellEnd(view);
  return endOf(view);
}

/** What a step needs of its run. */
interface Run {
  news: { came: boolean };
  fence: () => RegistrationFence;
}
type Next = (run: Run, view: RegistrationView) => Promise<RegistrationView>;

/** The process, status by status. */
const NEXT: Record<RegistrationStatus, Next> = {
  awaiting_telecom: awaitRedirect,
  verifying: (run, view) => {
    if (view.hold) return sitOut(run, view.hold);
    return view.numberVerified ? matchIdentity(run) : verifyNumber(run);
  },
  binding: fileIdentity,
  bound: over,
  refused: over,
  abandoned: over,
};

/** R1: the person is with the operator; its redirect comes, or the time for this try passes. */
async function awaitRedirect(run: Run, view: RegistrationView): Promise<RegistrationView> {
  if (!view.redirectWaits) {
    const timeLeft = Math.max(1, view.tryUntil + DEADLINE_MARGIN_MS - Date.now());
    await condition(() => run.news.came, timeLeft, {
      summary: 'R1: time for the authorization at the operator',
    });
  }
  run.news.came = false;
  return quick('takeUpRedirect', { fence: run.fence() }, "R1: take up what the operator's redirect brought");
}

/** R2. */
const verifyNumber = (run: Run) =>
  patient(
    'verifyNumber',
    { fence: run.fence() },
    'R2: prove the phone through the SIM (Number Verification)',
  );

/** R3. */
const matchIdentity = (run: Run) =>
  patient('matchIdentity', { fence: run.fence() }, 'R3: match the person with the subscriber (KYC Match)');

/** A clock of the database that is behind is asked again no sooner than this, ms. */
const SHORTEST_WAIT_MS = 1_000;

/** The person is bound to another phone, and no passkey vouches for the change: they are told, and may object. */
async function sitOut(run: Run, { until, told, objected }: PhoneChangeHold): Promise<RegistrationView> {
  if (!told && !objected)
    return patient('tellHolder', { fence: run.fence() }, 'R3: tell the old number of the change of phone');
  const timeLeft = Math.max(SHORTEST_WAIT_MS, until + DEADLINE_MARGIN_MS - Date.now());
  if (!objected)
    await condition(() => run.news.came, timeLeft, { summary: 'R3: time to object to the change of phone' });
  run.news.came = false;
  return patient('endHold', { fence: run.fence() }, 'R3: the hold of the change of phone ends');
}

/** R4. */
function fileIdentity(run: Run): Promise<RegistrationView> {
  return patient('fileIdentity', { fence: run.fence() }, "R4: Customs' database file of the identity");
}

/** Whoever waited for this person hears of it. */
const announce = (run: Run) =>
  quick('announceBinding', { fence: run.fence() }, 'Tell those who wait for this person');

async function over(): Promise<RegistrationView> {
  throw new Error('an ended registration has no next step');
}

const endOf = ({ status, reason }: RegistrationView): RegistrationEnd => ({ status, reason });
