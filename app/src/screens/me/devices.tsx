import { useState } from 'preact/hooks';
import { api } from '../../api/client.ts';
import { useLive } from '../../api/events.ts';
import { withRecentLogin } from '../../api/recent.ts';
import type { Devices as Answered } from '../../api/types.ts';
import { useAction } from '../../api/use-action.ts';
import { useResource } from '../../api/use-resource.ts';
import { createPasskey, PasskeyExists } from '../../api/webauthn.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { toast } from '../../ui/live.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';
import { Screen } from '../../ui/screen.tsx';
import { Time } from '../../ui/time.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';

type Passkey = Answered['passkeys'][number];
type Session = Answered['sessions'][number];

/** What can sign for the person, and where they are logged in; each can be ended here. */
export function Devices() {
  const devices = useResource<Answered>('/app/devices');
  useLive(devices.reload);
  return (
    <Screen title={t('me.devices.title')} back={PATHS.me}>
      <Loaded resource={devices}>
        {({ passkeys, sessions }) => (
          <>
            <Passkeys passkeys={passkeys} onChanged={devices.reload} />
            <Sessions sessions={sessions} onChanged={devices.reload} />
          </>
        )}
      </Loaded>
    </Screen>
  );
}

function Passkeys({ passkeys, onChanged }: { passkeys: readonly Passkey[]; onChanged: () => void }) {
  const [asked, setAsked] = useState<Passkey | null>(null);
  const add = useAction(async () => {
    await withRecentLogin(createPasskey);
    toast(t('me.devices.added'));
    onChanged();
  });
  return (
    <Card title={t('me.devices.passkeys')}>
      <ul class="rows">
        {passkeys.map((passkey) => (
          <li key={passkey.credentialId}>
            <div>
              <Label label={passkey.label} current={passkey.current} />
              <p class="muted small">
                {t('me.devices.created')} <Time at={passkey.createdAt} />
              </p>
              {passkey.lastUsedAt !== undefined && (
                <p class="muted small">
                  {t('me.devices.used')} <Time at={passkey.lastUsedAt} />
                </p>
              )}
              {passkey.synced && <p class="muted small">{t('me.devices.synced')}</p>}
            </div>
            <Button kind="secondary" onClick={() => setAsked(passkey)}>
              {t('me.devices.revoke')}
            </Button>
          </li>
        ))}
      </ul>
      {add.error instanceof PasskeyExists ? (
        <Banner alert>{t('passkey.exists')}</Banner>
      ) : (
        add.error !== undefined && <ProblemBanner error={add.error} />
      )}
      <Button kind="secondary" onClick={add.run} busy={add.busy}>
        {t('me.devices.add')}
      </Button>
      <RevokeDialog
        credentialId={asked?.credentialId}
        last={passkeys.length === 1}
        onClose={() => setAsked(null)}
        onRevoked={onChanged}
      />
    </Card>
  );
}

function Sessions({ sessions, onChanged }: { sessions: readonly Session[]; onChanged: () => void }) {
  const end = useAction(async () => {
    await api.delete('/app/sessions');
    toast(t('me.devices.ended'));
    onChanged();
  });
  return (
    <Card title={t('me.devices.sessions')}>
      <ul class="rows">
        {sessions.map((session) => (
          <li key={session.sessionId}>
            <div>
              <Label label={session.label} current={session.current} />
              <p class="muted small">
                {t('me.devices.since')} <Time at={session.createdAt} />
              </p>
            </div>
            {!session.current && <EndSession sessionId={session.sessionId} onEnded={onChanged} />}
          </li>
        ))}
      </ul>
      {end.error !== undefined && <ProblemBanner error={end.error} />}
      {sessions.length > 1 && (
        <Button kind="secondary" onClick={end.run} busy={end.busy}>
          {t('me.devices.end-others')}
        </Button>
      )}
    </Card>
  );
}

function EndSession({ sessionId, onEnded }: { sessionId: string; onEnded: () => void }) {
  const end = useAction(async () => {
    await api.delete(`/app/sessions/${sessionId}`);
    toast(t('me.devices.ended'));
    onEnded();
  });
  return (
    <Button kind="secondary" onClick={end.run} busy={end.busy}>
      {t('me.devices.end')}
    </Button>
  );
}

function Label({ label, current }: { label: string | null; current: boolean }) {
  return (
    <p>
      <strong>{label ?? t('me.devices.unknown')}</strong>{' '}
      {current && <span class="tag">{t('me.devices.current')}</span>}
    </p>
  );
}
