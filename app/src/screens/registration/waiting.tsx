import { useState } from 'preact/hooks';
import { api } from '../../api/client.ts';
import type { Authorization, RegistrationStatus } from '../../api/types.ts';
import { useAction } from '../../api/use-action.ts';
import { t } from '../../i18n/index.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { formatMoment } from '../../ui/format.ts';
import { Spinner } from '../../ui/loading.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';
import { Screen } from '../../ui/screen.tsx';
import { CreatePasskey } from './create-passkey.tsx';
import { Notify } from './notify.tsx';

interface WaitingProps {
  id: string;
  registration: RegistrationStatus;
  reload: () => void;
}

/** Between the operator's page and Customs' file: what is going on, and what the person can do about it. */
export function Waiting({ id, registration, reload }: WaitingProps) {
  const [made, setMade] = useState(false);
  const { status, reason, holdUntil } = registration;
  if (holdUntil !== undefined) return <Held until={holdUntil} />;
  if (status === 'binding') return made ? <Notify /> : <CreatePasskey early onDone={() => setMade(true)} />;
  if (status === 'awaiting_telecom') return <TryAgain id={id} reason={reason} reload={reload} />;
  return (
    <Screen title={t('registered.verifying.title')}>
      <p class="waiting" role="status">
        <Spinner />
        {t('registered.verifying.body')}
      </p>
      {reason === 'operator-unavailable' && (
        <Banner kind="warn" title={t('registered.operator-unavailable.title')}>
          {t('registered.operator-unavailable.body')}
        </Banner>
      )}
    </Screen>
  );
}

/** A change of phone waits: its person may say within this time that it was not them. */
function Held({ until }: { until: string }) {
  return (
    <Screen title={t('registered.held.title')}>
      <Banner kind="info">{t('registered.held.body', { until: formatMoment(until) })}</Banner>
      <details class="more">
        <summary>{t('registered.held.faster')}</summary>
        <p>{t('registered.held.faster.body')}</p>
      </details>
    </Screen>
  );
}

/** What the operator's redirect may have brought instead of a code, each with what to do. */
const EXPLAINED = ['not-on-mobile-network', 'authorization-expired', 'operator-unavailable'] as const;

function TryAgain({ id, reason, reload }: { id: string; reason: string | undefined; reload: () => void }) {
  const retry = useAction(async () => {
    const { authorizationUrl } = await api.post<Authorization>(`/app/registrations/${id}/authorization`);
    location.assign(authorizationUrl);
  });
  const explained = EXPLAINED.find((one) => one === reason);
  return (
    <Screen
      title={t(explained ? `registered.${explained}.title` : 'registered.waiting.title')}
      actions={
        <Button onClick={retry.run} busy={retry.busy}>
          {t('registered.again')}
        </Button>
      }
    >
      <p role="status">{t(explained ? `registered.${explained}.body` : 'registered.waiting.body')}</p>
      {retry.error !== undefined && <ProblemBanner error={retry.error} retry={reload} />}
    </Screen>
  );
}
