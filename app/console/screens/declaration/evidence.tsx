import { fetchFile } from '../../../src/api/client.ts';
import { useAction } from '../../../src/api/use-action.ts';
import { useResource } from '../../../src/api/use-resource.ts';
import { Button } from '../../../src/ui/button.tsx';
import { Card, Facts } from '../../../src/ui/card.tsx';
import { toast } from '../../../src/ui/live.tsx';
import { ProblemBanner } from '../../../src/ui/problem.tsx';
import { saveFile } from '../../../src/ui/save-file.ts';
import { Time } from '../../../src/ui/time.tsx';
import { at, useRefreshOn } from '../../api.ts';
import { t } from '../../i18n/index.ts';
import type { Declaration, Poa } from '../../types.ts';

/** What proves an outcome; one that Customs held of its own has no receipt of ours. */
export function Evidence({ declaration: { declarationId, updatedAt } }: { declaration: Declaration }) {
  const path = at(`/declarations/${declarationId}/poa`);
  const poa = useResource<Poa>(path);
  useRefreshOn(updatedAt, poa.refresh);
  const download = useAction(async () => {
    const pack = await fetchFile(`${path}/evidence`);
    const { version } = poa.state === 'ready' ? poa.data : { version: '' };
    saveFile(`poa-${declarationId}-v${version}.zip`, pack);
    toast(t('evidence.saved'));
  });
  if (poa.state !== 'ready' || poa.data.receipt === undefined) return null;
  const { outcome, acknowledgementNumber, acknowledgedAt } = poa.data;
  return (
    <Card title={t('evidence.title')}>
      <p>{t('evidence.body')}</p>
      <Facts
        items={[
          [t('answer.decision'), t(`status.${outcome}`)],
          [t('evidence.acknowledgement'), acknowledgementNumber],
          [t('answer.customs'), <Time key="at" at={acknowledgedAt} />],
        ]}
      />
      {download.error !== undefined && (
        <ProblemBanner error={download.error} retry={download.run} prefix="evidence.problem" />
      )}
      <Button kind="secondary" onClick={download.run} busy={download.busy}>
        {t('evidence.download')}
      </Button>
    </Card>
  );
}
