import { api } from '../../api/client.ts';
import { useAction } from '../../api/use-action.ts';
import { t } from '../../i18n/index.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { formatMoment } from '../../ui/format.ts';
import { toast } from '../../ui/live.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';

/** The brake that people can pull themselves: it stops confirmations, and nothing else. */
export function Freeze({ frozenAt, onChanged }: { frozenAt: string | undefined; onChanged: () => void }) {
  const frozen = frozenAt !== undefined;
  const change = useAction(async () => {
    await api.post(frozen ? '/app/identity/unfreeze' : '/app/identity/freeze');
    toast(t(frozen ? 'me.freeze.undone' : 'me.freeze.done'));
    onChanged();
  });
  return (
    <Card title={t(frozen ? 'me.frozen.title' : 'me.freeze.title')}>
      {frozen ? (
        <Banner kind="warn">{t('me.frozen.body', { at: formatMoment(frozenAt) })}</Banner>
      ) : (
        <p>{t('me.freeze.body')}</p>
      )}
      {change.error !== undefined && <ProblemBanner error={change.error} />}
      <Button kind="secondary" onClick={change.run} busy={change.busy}>
        {t(frozen ? 'me.freeze.off' : 'me.freeze.on')}
      </Button>
    </Card>
  );
}
