import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Banner } from '../../ui/banner.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Screen } from '../../ui/screen.tsx';
import { CreatePasskey } from './create-passkey.tsx';
import { forgetDraft } from './draft.ts';
import { Notify } from './notify.tsx';

/** R4 is done. Whoever is logged in already has a passkey; others make theirs now. */
export function Bound() {
  const session = useResource<Session>('/app/session');
  const [made, setMade] = useState(false);
  useEffect(forgetDraft, []);
  if (made) return <Notify />;
  if (session.state !== 'ready') {
    return (
      <Screen title={t('registered.bound.title')}>
        <Loaded resource={session}>{() => null}</Loaded>
      </Screen>
    );
  }
  if (!session.data.loggedIn) return <CreatePasskey onDone={() => setMade(true)} />;
  return (
    <Screen
      title={t('registered.bound.title')}
      actions={<ButtonLink href={PATHS.inbox}>{t('notify.continue')}</ButtonLink>}
    >
      <Banner kind="success">{t('registered.bound.body')}</Banner>
    </Screen>
  );
}
