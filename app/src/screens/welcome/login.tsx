import { useAction } from '../../api/use-action.ts';
import { logIn, passkeysSupported } from '../../api/webauthn.ts';
import { t } from '../../i18n/index.ts';
import { PATHS, safeNext } from '../../paths.ts';
import { navigate, useQuery } from '../../router.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';
import { SandboxNote } from '../../ui/sandbox-note.tsx';
import { Screen } from '../../ui/screen.tsx';

/** Log in with a passkey, and go on where the person wanted to be. */
export function Login() {
  const next = safeNext(useQuery().get('next'));
  const login = useAction(async () => {
    await logIn();
    navigate(next === PATHS.home ? PATHS.inbox : next, { replace: true });
  });
  const supported = passkeysSupported();
  return (
    <Screen
      title={t('login.title')}
      back={PATHS.home}
      language
      actions={
        <>
          {supported && (
            <Button onClick={login.run} busy={login.busy}>
              {t('login.action')}
            </Button>
          )}
          <ButtonLink href={PATHS.register} kind="quiet">
            {t('welcome.register')}
          </ButtonLink>
        </>
      }
    >
      <SandboxNote />
      <p>{t('login.body')}</p>
      {!supported && (
        <Banner kind="danger" alert>
          {t('login.unsupported')}
        </Banner>
      )}
      {login.error !== undefined && <ProblemBanner error={login.error} />}
      <details class="more">
        <summary>{t('login.none')}</summary>
        <p>{t('login.none.body')}</p>
      </details>
    </Screen>
  );
}
