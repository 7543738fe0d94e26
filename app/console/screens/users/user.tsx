import { useState } from 'preact/hooks';
import { api } from '../../../src/api/client.ts';
import { useAction } from '../../../src/api/use-action.ts';
import { useResource } from '../../../src/api/use-resource.ts';
import { Button } from '../../../src/ui/button.tsx';
import { Card } from '../../../src/ui/card.tsx';
import { Dialog } from '../../../src/ui/dialog.tsx';
import { toast } from '../../../src/ui/live.tsx';
import { Loaded } from '../../../src/ui/loaded.tsx';
import { ProblemBanner } from '../../../src/ui/problem.tsx';
import { Time } from '../../../src/ui/time.tsx';
import { at, withRecentLogin } from '../../api.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import type { NewInvitation, User } from '../../types.ts';
import { Page } from '../../ui/page.tsx';
import { Devices } from './devices.tsx';
import { InvitationLink } from './invitation-link.tsx';
import { nameOf, stateOf } from './users.tsx';

/** One user: devices, another invitation, and their end. */
export function UserScreen({ id }: { id: string }) {
  const user = useResource<User>(at(`/users/${encodeURIComponent(id)}`));
  return (
    <Page
      title={user.state === 'ready' ? nameOf(user.data) : t('users.title')}
      parent={{ href: PATHS.users, label: t('users.title') }}
    >
      <Loaded resource={user}>
        {(data) => (
          <>
            <Standing user={data} />
            {data.state !== 'deactivated' && (
              <>
                {data.state === 'active' && <Devices user={data} onChanged={user.reload} />}
                <InviteAgain userId={data.userId} onInvited={user.reload} />
                <Deactivate user={data} onDone={user.reload} />
              </>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Standing({ user }: { user: User }) {
  const { role, joinedAt, state, invitationExpiresAt } = user;
  return (
    <p>
      {t(`users.role.${role}`)} · {stateOf(user)}
      {state === 'active' && joinedAt !== undefined && (
        <>
          {' · '}
          {t('users.joined')} <Time at={joinedAt} />
        </>
      )}
      {state !== 'deactivated' && invitationExpiresAt !== undefined && (
        <>
          {' · '}
          {t('users.until')} <Time at={invitationExpiresAt} />
        </>
      )}
    </p>
  );
}

function InviteAgain({ userId, onInvited }: { userId: string; onInvited: () => void }) {
  const [invitation, setInvitation] = useState<NewInvitation | null>(null);
  const invite = useAction(async () => {
    setInvitation(await withRecentLogin(() => api.post<NewInvitation>(at(`/users/${userId}/invitation`))));
    onInvited();
  });
  return (
    <Card>
      <p>{t('user.invite-again.body')}</p>
      {invite.error !== undefined && <ProblemBanner error={invite.error} />}
      <Button kind="secondary" onClick={invite.run} busy={invite.busy}>
        {t('user.invite-again')}
      </Button>
      {invitation && <InvitationLink invitation={invitation} />}
    </Card>
  );
}

function Deactivate({ user, onDone }: { user: User; onDone: () => void }) {
  const [asked, setAsked] = useState(false);
  const close = () => setAsked(false);
  const deactivate = useAction(async () => {
    await withRecentLogin(() => api.post(at(`/users/${user.userId}/deactivation`)));
    toast(t('user.deactivated'));
    close();
    onDone();
  });
  return (
    <>
      <Button kind="secondary" onClick={() => setAsked(true)}>
        {t('user.deactivate')}
      </Button>
      <Dialog
        open={asked}
        title={t('user.deactivate.title', { name: nameOf(user) })}
        onClose={close}
        actions={
          <>
            <Button kind="danger" onClick={deactivate.run} busy={deactivate.busy}>
              {t('user.deactivate')}
            </Button>
            <Button kind="secondary" onClick={close}>
              {t('action.cancel')}
            </Button>
          </>
        }
      >
        <p>{t('user.deactivate.body')}</p>
        {deactivate.error !== undefined && <ProblemBanner error={deactivate.error} prefix="user.problem" />}
      </Dialog>
    </>
  );
}
