import { useEffect, useState } from 'preact/hooks';
import { useAction } from '../../api/use-action.ts';
import { t } from '../../i18n/index.ts';
import { navigate } from '../../router.ts';
import { useStore } from '../../store.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';
import { Screen } from '../../ui/screen.tsx';
import { changeDraft, draft, STEPS_OF, stepPath } from './draft.ts';
import { submit } from './submit.ts';

/** The last step: off Wi-Fi, and over to the operator. */
export function NetworkStep() {
  const current = useStore(draft);
  const wifi = useWifi();
  const go = useAction(async () => {
    const submitted = await submit(current);
    if (submitted.kind === 'go') return location.assign(submitted.authorizationUrl);
    changeDraft({ refused: submitted.refused });
    const first = STEPS_OF[current.purpose].find((step) => submitted.refused[step] !== undefined);
    navigate(stepPath(first ?? 'notice'));
  });
  const steps = STEPS_OF[current.purpose];
  return (
    <Screen
      title={t('register.network.title')}
      back={stepPath('operator')}
      language
      actions={
        <>
          <Button onClick={go.run} busy={go.busy}>
            {t('register.network.go')}
          </Button>
          <ButtonLink kind="quiet" href={stepPath(steps[1] ?? 'notice')}>
            {t('register.network.change')}
          </ButtonLink>
        </>
      }
    >
      <p class="muted small">{t('register.progress', { n: steps.length, total: steps.length })}</p>
      <p>{t('register.network.body')}</p>
      <ol class="todo">
        <li>{t('register.network.step-1')}</li>
        <li>{t('register.network.step-2', { phone: current.phone })}</li>
        <li>{t('register.network.step-3')}</li>
      </ol>
      {wifi && (
        <Banner kind="warn" title={t('register.network.wifi')}>
          {t('register.network.wifi.body')}
        </Banner>
      )}
      {go.error !== undefined && <ProblemBanner error={go.error} />}
    </Screen>
  );
}

/** Browsers of phones that say how they are connected (Network Information API); others say nothing, and are believed. */
type Connection = EventTarget & { type?: string };

function useWifi(): boolean {
  const connection = (navigator as Navigator & { connection?: Connection }).connection;
  const [wifi, setWifi] = useState(connection?.type === 'wifi');
  useEffect(() => {
    const look = () => setWifi(connection?.type === 'wifi');
    connection?.addEventListener('change', look);
    return () => connection?.removeEventListener('change', look);
  }, [connection]);
  return wifi;
}
