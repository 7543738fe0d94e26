import { useResource } from '../../../src/api/use-resource.ts';
import { useQuery } from '../../../src/router.ts';
import { Card } from '../../../src/ui/card.tsx';
import { Loaded } from '../../../src/ui/loaded.tsx';
import { Time } from '../../../src/ui/time.tsx';
import { at, useRefreshOn } from '../../api.ts';
import { hasMessage, t } from '../../i18n/index.ts';
import type { Acts, Events } from '../../types.ts';
import { Pager } from '../../ui/pager.tsx';
import { ActList } from '../record.tsx';

/** What happened to it, oldest first; `changed`: looks again when it does. */
export function Timeline({ path, changed }: { path: string; changed: string }) {
  const cursor = useQuery().get('cursor');
  const events = useResource<Events>(
    `${path}/events${cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`}`,
  );
  useRefreshOn(changed, events.refresh);
  return (
    <Card title={t('timeline.title')}>
      <Loaded resource={events}>
        {({ items, nextCursor }) => (
          <>
            <ol class="timeline">
              {items.map((event) => (
                <li key={`${event.at} ${event.type}`}>
                  <strong>{wordsOf(event)}</strong>
                  <span class="muted small">
                    <Time at={event.at} /> · {t('declaration.version', { n: event.version })}
                  </span>
                </li>
              ))}
            </ol>
            <Pager nextCursor={nextCursor} forward />
          </>
        )}
      </Loaded>
    </Card>
  );
}

function wordsOf({ type, data }: Events['items'][number]): string {
  const what = type.replace('declaration.', '');
  const key = `status.${what}`;
  if (hasMessage(key)) return t(key);
  if (what === 'amended') return t('timeline.amended');
  if (what === 'proposal-refused') return t('timeline.refused', { code: String(data.code ?? '') });
  if (what === 'fraud-case-opened') return t('timeline.case-opened');
  const found = `timeline.${data.resolution}`;
  if (what === 'fraud-case-resolved' && hasMessage(found)) return t(found);
  return t('timeline.other', { type });
}

/** Who of the broker changed it in the console; nothing where nobody did. */
export function Changes({ declarationId, changed }: { declarationId: string; changed: string }) {
  const acts = useResource<Acts>(at(`/acts?declarationId=${declarationId}`));
  useRefreshOn(changed, acts.refresh);
  if (acts.state !== 'ready' || acts.data.items.length === 0) return null;
  return (
    <Card title={t('acts.title')}>
      <ActList items={acts.data.items} />
    </Card>
  );
}
