import { api } from '../../api/client.ts';
import type { Identity } from '../../api/types.ts';
import { useAction } from '../../api/use-action.ts';
import { useResource } from '../../api/use-resource.ts';
import { t } from '../../i18n/index.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';

/** Somebody has this person's name and number: what else might they try? */
export function FreezeOffer() {
  const identity = useResource<Identity>('/app/identity');
  const action = useAction(async () => {
    await api.post('/app/identity/freeze');
    identity.reload();
  });
  if (identity.state !== 'ready') return null;
  if (identity.data.frozenAt) return <Banner kind="success">{t('outcome.freeze.done')}</Banner>;
  return (
    <Card title={t('outcome.freeze.title')}>
      <p>{t('outcome.freeze.body')}</p>
      {action.error !== undefined && <ProblemBanner error={action.error} />}
      <Button kind="secondary" onClick={action.run} busy={action.busy}>
        {t('outcome.freeze.action')}
      </Button>
    </Card>
  );
}
