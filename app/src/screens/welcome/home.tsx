import { useEffect } from 'preact/hooks';
import type { Session } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { navigate } from '../../router.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { SandboxNote } from '../../ui/sandbox-note.tsx';
import { Screen } from '../../ui/screen.tsx';

/** The first screen of a stranger; whoever is logged in goes on to the inbox. */
export function Home() {
  const session = useResource<Session>('/app/session');
  const loggedIn = session.state === 'ready' && session.data.loggedIn;
  useEffect(() => {
    if (loggedIn) navigate(PATHS.inbox, { replace: true });
  }, [loggedIn]);
  return (
    <Screen
      title={t('app.tagline')}
      language
      actions={
        <>
          <ButtonLink href={PATHS.register}>{t('welcome.register')}</ButtonLink>
          <ButtonLink href={PATHS.login} kind="secondary">
            {t('welcome.login')}
          </ButtonLink>
        </>
      }
    >
      <SandboxNote />
      <p class="lead">{t('welcome.lead')}</p>
      <p>{t('welcome.how')}</p>
      <details class="more">
        <summary>{t('welcome.lost')}</summary>
        <p>{t('welcome.lost.body')}</p>
      </details>
    </Screen>
  );
}
