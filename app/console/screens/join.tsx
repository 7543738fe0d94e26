import { useEffect, useState } from 'preact/hooks';
import { ApiProblem, api } from '../../src/api/client.ts';
import { useAction } from '../../src/api/use-action.ts';
import { PasskeyExists, passkeysSupported } from '../../src/api/webauthn.ts';
import { navigate } from '../../src/router.ts';
import { Banner } from '../../src/ui/banner.tsx';
import { Button, ButtonLink } from '../../src/ui/button.tsx';
import { Skeleton } from '../../src/ui/loading.tsx';
import { ProblemBanner } from '../../src/ui/problem.tsx';
import { Time } from '../../src/ui/time.tsx';
import { at, join } from '../api.ts';
import { t } from '../i18n/index.ts';
import { PATHS } from '../paths.ts';
import type { Invitation } from '../types.ts';
import { Outside } from '../ui/outside.tsx';

type Asked =
  | { state: 'loading' }
  | { state: 'ready'; invitation: Invitation }
  | { state: 'failed'; error: unknown };

/** The invited join: the token stands behind `#` in the address, which no server gets to see. */
export function Join() {
  const token = location.hash.slice(1);
  const [asked, setAsked] = useState<Asked>({ state: 'loading' });
  const ask = () => {
    setAsked({ state: 'loading' });
    api.post<Invitation>(at('/invitation'), { token }).then(
      (invitation) => setAsked({ state: 'ready', invitation }),
      (error: unknown) => setAsked({ state: 'failed', error }),
    );
  };
  useEffect(ask, [token]);
  return (
    <Outside title={t('join.title')}>
      {asked.state === 'loading' && <Skeleton />}
      {asked.state === 'failed' &&
        (cannotBeUsed(asked.error) ? <Unusable /> : <ProblemBanner error={asked.error} retry={ask} />)}
      {asked.state === 'ready' && <Invited token={token} invitation={asked.invitation} />}
    </Outside>
  );
}

/** Also a link that was cut short, which is no token at all. */
const cannotBeUsed = (error: unknown): boolean =>
  error instanceof ApiProblem && (error.status === 404 || error.status === 422);

function Unusable() {
  return (
    <>
      <Banner kind="danger" title={t('join.none.title')} alert>
        {t('join.none.body')}
      </Banner>
      <ButtonLink href={PATHS.login} kind="secondary">
        {t('join.login')}
      </ButtonLink>
    </>
  );
}

function Invited({ token, invitation }: { token: string; invitation: Invitation }) {
  const { broker, name, role, expiresAt } = invitation;
  const joining = useAction(async () => {
    await join(token);
    navigate(PATHS.overview, { replace: true });
  });
  if (joining.error !== undefined && cannotBeUsed(joining.error)) return <Unusable />;
  return (
    <>
      <p>{t('join.body', { name: name ?? t('users.unnamed'), broker: broker.name })}</p>
      <p>{t(`join.role.${role}`)}</p>
      <p>{t('join.passkey')}</p>
      <p class="muted">
        {t('join.until')} <Time at={expiresAt} />
      </p>
      {joining.error instanceof PasskeyExists ? (
        <Banner alert>{t('join.exists')}</Banner>
      ) : (
        joining.error !== undefined && <ProblemBanner error={joining.error} />
      )}
      {passkeysSupported() ? (
        <Button onClick={joining.run} busy={joining.busy}>
          {t('join.action')}
        </Button>
      ) : (
        <Banner kind="danger" alert>
          {t('login.unsupported')}
        </Banner>
      )}
    </>
  );
}
