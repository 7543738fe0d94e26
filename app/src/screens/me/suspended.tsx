import type { Identity } from '../../api/types.ts';
import { hasMessage, t } from '../../i18n/index.ts';
import { navigate } from '../../router.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { beginAs, stepPath } from '../registration/draft.ts';

/** Why nothing can be confirmed; what the operator said about the SIM is mended by asking it anew. */
export function Suspended({ reason, identity }: { reason: string | undefined; identity: Identity }) {
  const key = `me.suspended.${reason}`;
  const known = hasMessage(key);
  const verify = () => {
    beginAs(reason === 'number-recycled' ? 'phone' : 'verify', identity);
    navigate(stepPath('notice'));
  };
  return (
    <>
      <Banner kind="danger" title={t('me.suspended.title')}>
        {t(known ? key : 'me.suspended.other')}
      </Banner>
      {known && <Button onClick={verify}>{t('me.suspended.verify')}</Button>}
    </>
  );
}
