import { useEffect } from 'preact/hooks';
import { api } from '../../api/client.ts';
import type { Identity, Session } from '../../api/types.ts';
import { navigate } from '../../router.ts';
import { useStore } from '../../store.ts';
import { furthestStep } from './checks.ts';
import { beginAs, draft, STEPS_OF, stepPath } from './draft.ts';
import { IdStep } from './id-step.tsx';
import { NetworkStep } from './network-step.tsx';
import { NoticeStep } from './notice-step.tsx';
import { OperatorStep } from './operator-step.tsx';
import { PersonStep } from './person-step.tsx';
import { PhoneStep } from './phone-step.tsx';

const SCREENS = {
  notice: NoticeStep,
  id: IdStep,
  person: PersonStep,
  phone: PhoneStep,
  operator: OperatorStep,
  network: NetworkStep,
} as const;

/** R1, one idea per screen. No step is shown before those that it needs. */
export function Wizard({ step }: { step?: string }) {
  const current = useStore(draft);
  const steps = STEPS_OF[current.purpose];
  const furthest = furthestStep(current);
  const asked = steps.find((one) => one === step);
  const shown = asked && steps.indexOf(asked) <= steps.indexOf(furthest) ? asked : undefined;
  useEffect(() => {
    if (shown === undefined && step !== undefined) navigate(stepPath(furthest), { replace: true });
  }, [shown, step, furthest]);
  useEffect(() => {
    if (step === undefined) void fillInWhatIsKnown();
  }, [step]);
  const Shown = SCREENS[shown ?? 'notice'];
  return <Shown />;
}

/** Who is logged in is not asked again what is known: the operator is to look anew, that is all. */
async function fillInWhatIsKnown(): Promise<void> {
  if (draft.get().idNumber !== '') return;
  try {
    const { loggedIn } = await api.get<Session>('/app/session');
    if (loggedIn) beginAs('verify', await api.get<Identity>('/app/identity'));
  } catch {
    // Then everything is asked.
  }
}
