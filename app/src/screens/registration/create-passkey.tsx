import { ApiProblem } from '../../api/client.ts';
import { useAction } from '../../api/use-action.ts';
import { createPasskey, logIn, PasskeyExists } from '../../api/webauthn.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';
import { Screen } from '../../ui/screen.tsx';

interface CreatePasskeyProps {
  /** Customs has not set up its file yet. */
  early?: boolean;
  onDone: () => void;
}

/** The key to everything that follows, made in the browser that registered. */
export function CreatePasskey({ early = false, onDone }: CreatePasskeyProps) {
  const create = useAction(async () => {
    await createPasskey();
    onDone();
  });
  const login = useAction(async () => {
    await logIn();
    onDone();
  });
  const exists = create.error instanceof PasskeyExists;
  const late = create.error instanceof ApiProblem && create.error.code === 'forbidden';
  return (
    <Screen
      title={t('passkey.title')}
      actions={
        <>
          {exists && (
            <Button onClick={login.run} busy={login.busy}>
              {t('login.action')}
            </Button>
          )}
          {late && <ButtonLink href={PATHS.register}>{t('registered.restart')}</ButtonLink>}
          {!exists && !late && (
            <Button onClick={create.run} busy={create.busy}>
              {t('passkey.create')}
            </Button>
          )}
        </>
      }
    >
      <Banner kind="success" title={t(early ? 'registered.binding.title' : 'registered.bound.title')}>
        {t(early ? 'registered.binding.body' : 'registered.bound.body')}
      </Banner>
      <p>{t('passkey.body')}</p>
      <Failure error={login.error ?? create.error} exists={exists} late={late} />
    </Screen>
  );
}

function Failure({ error, exists, late }: { error: unknown; exists: boolean; late: boolean }) {
  if (error === undefined) return null;
  if (exists) {
    return (
      <Banner kind="info" alert>
        {t('passkey.exists')}
      </Banner>
    );
  }
  if (!late) return <ProblemBanner error={error} />;
  return (
    <Banner kind="warn" title={t('passkey.late.title')} alert>
      {t('passkey.late.body')}
    </Banner>
  );
}
