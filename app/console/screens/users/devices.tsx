import { useState } from 'preact/hooks';
import { api } from '../../../src/api/client.ts';
import { useAction } from '../../../src/api/use-action.ts';
import { Button } from '../../../src/ui/button.tsx';
import { Card } from '../../../src/ui/card.tsx';
import { Dialog } from '../../../src/ui/dialog.tsx';
import { toast } from '../../../src/ui/live.tsx';
import { ProblemBanner } from '../../../src/ui/problem.tsx';
import { Time } from '../../../src/ui/time.tsx';
import { at, withRecentLogin } from '../../api.ts';
import { t } from '../../i18n/index.ts';
import type { User } from '../../types.ts';
import { useWho } from '../../ui/signed-in.tsx';

interface DevicesProps {
  user: User;
  onChanged: () => void;
}

/** Passkeys and logins of a user, each of which can be ended. */
export function Devices(props: DevicesProps) {
  return (
    <div class="columns">
      <Passkeys {...props} />
      <Sessions {...props} />
    </div>
  );
}

function Passkeys({ user: { userId, passkeys }, onChanged }: DevicesProps) {
  const { credentialId } = useWho();
  const [asked, setAsked] = useState<string | null>(null);
  return (
    <Card title={t('user.passkeys')}>
      {passkeys.length === 0 && <p class="muted">{t('user.passkeys.none')}</p>}
      <ul class="rows">
        {passkeys.map((passkey) => (
          <li key={passkey.credentialId}>
            <div>
              <Label label={passkey.label} current={passkey.credentialId === credentialId} />
              <p class="muted small">
                {t('user.created')} <Time at={passkey.createdAt} />
              </p>
              {passkey.lastUsedAt !== undefined && (
                <p class="muted small">
                  {t('user.used')} <Time at={passkey.lastUsedAt} />
                </p>
              )}
              {passkey.synced && <p class="muted small">{t('user.synced')}</p>}
            </div>
            <Button kind="secondary" onClick={() => setAsked(passkey.credentialId)}>
              {t('user.revoke')}
            </Button>
          </li>
        ))}
      </ul>
      <RevokeDialog
        userId={userId}
        credentialId={asked}
        onClose={() => setAsked(null)}
        onRevoked={onChanged}
      />
    </Card>
  );
}

interface RevokeDialogProps {
  userId: string;
  /** Open while there is one. */
  credentialId: string | null;
  onClose: () => void;
  onRevoked: () => void;
}

function RevokeDialog({ userId, credentialId, onClose, onRevoked }: RevokeDialogProps) {
  const revoke = useAction(async () => {
    await withRecentLogin(() => api.delete(at(`/users/${userId}/passkeys/${credentialId}`)));
    toast(t('user.revoked'));
    onClose();
    onRevoked();
  });
  return (
    <Dialog
      open={credentialId !== null}
      title={t('user.revoke.title')}
      onClose={onClose}
      actions={
        <>
          <Button kind="danger" onClick={revoke.run} busy={revoke.busy}>
            {t('user.revoke')}
          </Button>
          <Button kind="secondary" onClick={onClose}>
            {t('action.cancel')}
          </Button>
        </>
      }
    >
      <p>{t('user.revoke.body')}</p>
      {revoke.error !== undefined && <ProblemBanner error={revoke.error} prefix="user.problem" />}
    </Dialog>
  );
}

function Sessions({ user: { userId, sessions }, onChanged }: DevicesProps) {
  const who = useWho();
  return (
    <Card title={t('user.sessions')}>
      {sessions.length === 0 && <p class="muted">{t('user.sessions.none')}</p>}
      <ul class="rows">
        {sessions.map((session) => (
          <li key={session.sessionId}>
            <div>
              <Label label={session.label} current={session.sessionId === who.sessionId} />
              <p class="muted small">
                {t('user.since')} <Time at={session.createdAt} />
              </p>
            </div>
            {session.sessionId !== who.sessionId && (
              <EndSession path={`/users/${userId}/sessions/${session.sessionId}`} onEnded={onChanged} />
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function EndSession({ path, onEnded }: { path: string; onEnded: () => void }) {
  const end = useAction(async () => {
    await api.delete(at(path));
    toast(t('user.ended'));
    onEnded();
  });
  return (
    <div>
      <Button kind="secondary" onClick={end.run} busy={end.busy}>
        {t('user.end')}
      </Button>
      {end.error !== undefined && <ProblemBanner error={end.error} />}
    </div>
  );
}

function Label({ label, current }: { label: string | null; current: boolean }) {
  return (
    <p>
      <strong>{label ?? t('user.device.unknown')}</strong>{' '}
      {current && <span class="tag">{t('user.device.current')}</span>}
    </p>
  );
}
