import type { Identity } from '../../api/types.ts';
import { hasMessage, t } from '../../i18n/index.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { isMended, verifyAgain } from '../registration/verify-again.tsx';

/** Why nothing can be confirmed; what the operator said about the SIM is mended by asking it anew. */
export function Suspended({ reason, identity }: { reason: string | undefined; identity: Identity }) {
  const key = `me.suspended.${reason}`;
  return (
    <>
      <Banner kind="danger" title={t('me.suspended.title')}>
        {t(hasMessage(key) ? key : 'me.suspended.other')}
      </Banner>
      {isMended(identity) && (
        <Button onClick={() => verifyAgain(identity)}>{t('me.suspended.verify')}</Button>
      )}
    </>
  );
}
