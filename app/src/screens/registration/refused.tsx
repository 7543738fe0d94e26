import { hasMessage, t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { useStore } from '../../store.ts';
import { Banner } from '../../ui/banner.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Screen } from '../../ui/screen.tsx';
import { draft, STEPS_OF, type Step, stepPath } from './draft.ts';

/** What the person looks at again first, by reason. */
const LOOK_AGAIN_AT: Readonly<Record<string, Step>> = {
  'number-not-verified': 'phone',
  'id-mismatch': 'id',
  'name-mismatch': 'person',
  'identifier-not-found': 'operator',
  prepaid: 'phone',
  'phone-in-use': 'phone',
};

/** Not this way: why, what to check, and the way that is always open. */
export function Refused({ reason }: { reason: string }) {
  const { purpose, idNumber } = useStore(draft);
  const wanted = LOOK_AGAIN_AT[reason];
  const step = idNumber !== '' && wanted && STEPS_OF[purpose].includes(wanted) ? wanted : undefined;
  const [title, body] = [`refused.${reason}.title`, `refused.${reason}.body`];
  return (
    <Screen
      title={t('refused.title')}
      actions={
        <ButtonLink href={step ? stepPath(step) : PATHS.register}>
          {t(step ? 'registered.check' : 'registered.restart')}
        </ButtonLink>
      }
    >
      <Banner kind="danger" title={hasMessage(title) ? t(title) : reason} alert>
        {hasMessage(body) && t(body)}
      </Banner>
      <details class="more" open={reason === 'prepaid'}>
        <summary>{t('refused.paper.title')}</summary>
        <p>{t('refused.paper.body')}</p>
      </details>
    </Screen>
  );
}
