import { useAction } from '../../src/api/use-action.ts';
import { passkeysSupported } from '../../src/api/webauthn.ts';
import { navigate, useQuery } from '../../src/router.ts';
import { Banner } from '../../src/ui/banner.tsx';
import { Button } from '../../src/ui/button.tsx';
import { ProblemBanner } from '../../src/ui/problem.tsx';
import { SandboxNote } from '../../src/ui/sandbox-note.tsx';
import { logIn } from '../api.ts';
import { t } from '../i18n/index.ts';
import { safeNext } from '../paths.ts';
import { Outside } from '../ui/outside.tsx';

/** Log in with a passkey, and go on where the person wanted to be. */
export function Login() {
  const next = safeNext(useQuery().get('next'));
  const login = useAction(async () => {
    await logIn();
    navigate(next, { replace: true });
  });
  return (
    <Outside title={t('login.title')}>
      <SandboxNote />
      <p>{t('login.body')}</p>
      {passkeysSupported() ? (
        <Button onClick={login.run} busy={login.busy}>
          {t('login.action')}
        </Button>
      ) : (
        <Banner kind="danger" alert>
          {t('login.unsupported')}
        </Banner>
      )}
      {login.error !== undefined && <ProblemBanner error={login.error} />}
      <details class="more">
        <summary>{t('login.none')}</summary>
        <p>{t('login.none.body')}</p>
      </details>
    </Outside>
  );
}
