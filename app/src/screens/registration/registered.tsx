import { ApiProblem } from '../../api/client.ts';
import type { RegistrationStatus } from '../../api/types.ts';
import { usePoll } from '../../api/use-poll.ts';
import { useResource } from '../../api/use-resource.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Banner } from '../../ui/banner.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Screen } from '../../ui/screen.tsx';
import { Bound } from './bound.tsx';
import { Refused } from './refused.tsx';
import { Waiting } from './waiting.tsx';

/** The person looks at this screen and at nothing else meanwhile, ms. */
const EVERY_MS = 1_500;

const ENDED: readonly string[] = ['bound', 'refused', 'abandoned'];

/** Where the operator sends people back to (R2 to R4), for the browser that began. */
export function Registered({ id }: { id: string }) {
  const registration = useResource<RegistrationStatus>(`/app/registrations/${encodeURIComponent(id)}`);
  const status = registration.state === 'ready' ? registration.data.status : undefined;
  usePoll(registration.state !== 'failed' && !ENDED.includes(status ?? ''), registration.reload, EVERY_MS);
  if (registration.state === 'failed' && isNotHere(registration.error)) return <Elsewhere />;
  if (registration.state !== 'ready') {
    return (
      <Screen title={t('registered.title')}>
        <Loaded resource={registration}>{() => null}</Loaded>
      </Screen>
    );
  }
  return <Status id={id} registration={registration.data} reload={registration.reload} />;
}

interface StatusProps {
  id: string;
  registration: RegistrationStatus;
  reload: () => void;
}

function Status({ id, registration, reload }: StatusProps) {
  switch (registration.status) {
    case 'bound':
      return <Bound />;
    case 'refused':
      return <Refused reason={registration.reason ?? 'id-mismatch'} />;
    case 'abandoned':
      return <Abandoned />;
    default:
      return <Waiting id={id} registration={registration} reload={reload} />;
  }
}

const isNotHere = (error: unknown): boolean => error instanceof ApiProblem && error.status === 404;

const again = () => <ButtonLink href={PATHS.register}>{t('registered.restart')}</ButtonLink>;

function Abandoned() {
  return (
    <Screen title={t('registered.abandoned.title')} actions={again()}>
      <p>{t('registered.abandoned.body')}</p>
    </Screen>
  );
}

function Elsewhere() {
  return (
    <Screen title={t('registered.elsewhere.title')} back={PATHS.home} actions={again()}>
      <Banner kind="info">{t('registered.elsewhere.body')}</Banner>
    </Screen>
  );
}
