import { useEffect, useState } from 'preact/hooks';
import { type PushState, pushState, turnOnPush } from '../../api/push.ts';
import { useAction } from '../../api/use-action.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';
import { Screen } from '../../ui/screen.tsx';

/** The reason first, then the browser's question. Nothing depends on the answer: an SMS comes otherwise. */
export function Notify() {
  const [state, setState] = useState<PushState | undefined>();
  useEffect(() => void pushState().then(setState), []);
  const turnOn = useAction(async () => setState(await turnOnPush()));
  const onward = <ButtonLink href={PATHS.inbox}>{t('notify.continue')}</ButtonLink>;
  if (state === undefined) {
    return (
      <Screen title={t('notify.title')}>
        <Skeleton />
      </Screen>
    );
  }
  if (state !== 'off') {
    return (
      <Screen title={t('registered.bound.title')} actions={onward}>
        <Banner kind={state === 'on' ? 'success' : 'info'} alert>
          {t(state === 'on' ? 'me.settings.push.on' : `notify.${state}`)}
        </Banner>
      </Screen>
    );
  }
  return (
    <Screen
      title={t('notify.title')}
      actions={
        <>
          <Button onClick={turnOn.run} busy={turnOn.busy}>
            {t('notify.on')}
          </Button>
          <ButtonLink kind="quiet" href={PATHS.inbox}>
            {t('notify.later')}
          </ButtonLink>
        </>
      }
    >
      <p>{t('notify.body')}</p>
      {turnOn.error !== undefined && <ProblemBanner error={turnOn.error} />}
    </Screen>
  );
}
