import { api } from '../../api/client.ts';
import { withRecentLogin } from '../../api/recent.ts';
import { useAction } from '../../api/use-action.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { toast } from '../../ui/live.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';

interface RevokeDialogProps {
  /** Open while there is one. */
  credentialId: string | undefined;
  last: boolean;
  onClose: () => void;
  onRevoked: () => void;
}

/** Revoking asks first, and for the passkey once more where that was long ago. */
export function RevokeDialog({ credentialId, last, onClose, onRevoked }: RevokeDialogProps) {
  const revoke = useAction(async () => {
    await withRecentLogin(() => api.delete(`/app/passkeys/${credentialId}`));
    toast(t('me.devices.revoked'));
    onClose();
    onRevoked();
  });
  return (
    <Dialog
      open={credentialId !== undefined}
      title={t('me.devices.revoke.title')}
      onClose={onClose}
      actions={
        <>
          <Button kind="danger" onClick={revoke.run} busy={revoke.busy}>
            {t('me.devices.revoke')}
          </Button>
          <Button kind="secondary" onClick={onClose}>
            {t('action.cancel')}
          </Button>
        </>
      }
    >
      <p>{t('me.devices.revoke.body')}</p>
      {last && <p>{t('me.devices.revoke.last')}</p>}
      {revoke.error !== undefined && <ProblemBanner error={revoke.error} />}
    </Dialog>
  );
}
