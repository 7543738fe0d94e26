import { useResource } from '../../src/api/use-resource.ts';
import { Link, useQuery } from '../../src/router.ts';
import { EmptyState } from '../../src/ui/empty-state.tsx';
import { Loaded } from '../../src/ui/loaded.tsx';
import { Time } from '../../src/ui/time.tsx';
import { at } from '../api.ts';
import { t } from '../i18n/index.ts';
import { declarationPath } from '../paths.ts';
import type { Act, Acts } from '../types.ts';
import { Page } from '../ui/page.tsx';
import { Pager } from '../ui/pager.tsx';

/** Who changed what here, newest first. */
export function Record() {
  const cursor = useQuery().get('cursor');
  const acts = useResource<Acts>(
    at(`/acts${cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`}`),
  );
  return (
    <Page title={t('record.title')}>
      <p class="muted">{t('record.body')}</p>
      <Loaded resource={acts}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? (
              <EmptyState icon="history" title={t('record.empty')} />
            ) : (
              <ActList items={items} />
            )}
            <Pager nextCursor={nextCursor} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

export function ActList({ items }: { items: readonly Act[] }) {
  return (
    <ul class="list">
      {items.map((act) => (
        <li key={act.id}>
          <p>
            <strong class="foreign">
              {act.by ? (act.by.name ?? t('users.unnamed')) : t('record.operator')}
            </strong>{' '}
            <span class="foreign">{t(`record.${act.kind}`, { about: aboutOf(act) })}</span>
          </p>
          <p class="muted small">
            <Time at={act.at} />
            {act.verdict && <> · {t(`record.verdict.${act.verdict}`)}</>}
            {act.declaration && (
              <>
                {' · '}
                <Link href={declarationPath(act.declaration.declarationId)}>
                  {act.declaration.houseWaybill}
                </Link>
              </>
            )}
          </p>
        </li>
      ))}
    </ul>
  );
}

const aboutOf = ({ about, declaration }: Act): string =>
  declaration?.houseWaybill ?? about?.name ?? t('users.unnamed');
