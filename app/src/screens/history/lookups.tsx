import type { LookupList } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { t } from '../../i18n/index.ts';
import { Card } from '../../ui/card.tsx';
import { formatMoment } from '../../ui/format.ts';
import { MarkedText } from '../declaration/marked-text.tsx';

/** Who looked at this declaration's record, and why. */
export function Lookups({ declarationId }: { declarationId: string }) {
  const lookups = useResource<LookupList>('/app/lookups');
  // Where it cannot be told it is not said that nobody did.
  if (lookups.state !== 'ready') return null;
  const mine = lookups.data.items.filter((item) => item.declarationId === declarationId);
  return (
    <Card title={t('lookups.title')}>
      {mine.length === 0 && <p class="muted">{t('lookups.none')}</p>}
      <ul class="plain-list">
        {mine.map(({ at, officer, reason }) => (
          <li key={at}>
            {t('lookups.item', { moment: formatMoment(at) })}
            <span class="block muted small">
              {officer && <MarkedText text={officer} />}
              {officer && reason && '・'}
              {reason && <MarkedText text={reason} />}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
