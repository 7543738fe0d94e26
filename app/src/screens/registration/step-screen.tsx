import type { ComponentChildren } from 'preact';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { navigate } from '../../router.ts';
import { useStore } from '../../store.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Screen } from '../../ui/screen.tsx';
import { changeDraft, draft, STEPS_OF, type Step, stepPath } from './draft.ts';

interface StepScreenProps {
  step: Step;
  title: string;
  /** Whether what is filled in will do; what will not is shown by the step itself. */
  check?: () => boolean | Promise<boolean>;
  action?: string;
  children: ComponentChildren;
}

/** The frame of one step: where it lies, what the service minded about it, and the way on. */
export function StepScreen({ step, title, check, action, children }: StepScreenProps) {
  const { purpose, refused } = useStore(draft);
  const steps = STEPS_OF[purpose];
  const at = steps.indexOf(step);
  const next = steps[at + 1];
  const goOn = async (event: Event) => {
    event.preventDefault();
    if (check && !(await check())) return;
    const { [step]: _, ...rest } = refused ?? {};
    changeDraft({ refused: rest });
    if (next) navigate(stepPath(next));
  };
  const before = steps[at - 1];
  return (
    <form onSubmit={goOn} noValidate>
      <Screen
        title={title}
        back={before ? stepPath(before) : PATHS.home}
        language
        actions={<Button type="submit">{action ?? t('action.continue')}</Button>}
      >
        <p class="muted small">{t('register.progress', { n: at + 1, total: steps.length })}</p>
        {refused?.[step] !== undefined && (
          <Banner kind="danger" title={t('register.problem.title')} alert>
            {t('register.problem.body')}
          </Banner>
        )}
        {children}
      </Screen>
    </form>
  );
}
