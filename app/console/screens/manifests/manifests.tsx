import { usePoll } from '../../../src/api/use-poll.ts';
import { useResource } from '../../../src/api/use-resource.ts';
import { Link, useQuery } from '../../../src/router.ts';
import { EmptyState } from '../../../src/ui/empty-state.tsx';
import { formatMoment } from '../../../src/ui/format.ts';
import { Loaded } from '../../../src/ui/loaded.tsx';
import { at } from '../../api.ts';
import { t } from '../../i18n/index.ts';
import { manifestPath } from '../../paths.ts';
import type { ManifestList, ManifestSummary } from '../../types.ts';
import { Page } from '../../ui/page.tsx';
import { Pager } from '../../ui/pager.tsx';

const PAGE = '20';

/** What the broker's systems uploaded in one go, newest first, live. */
export function Manifests() {
  const cursor = useQuery().get('cursor');
  const asked = new URLSearchParams({ limit: PAGE, ...(cursor !== null && { cursor }) });
  const manifests = useResource<ManifestList>(at(`/manifests?${asked}`));
  usePoll(true, manifests.refresh);
  return (
    <Page title={t('manifests.title')}>
      <Loaded resource={manifests}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? (
              <EmptyState icon="inbox" title={t('manifests.empty')}>
                <p>{t('manifests.empty.body')}</p>
              </EmptyState>
            ) : (
              <ul class="list">
                {items.map((manifest) => (
                  <li key={manifest.manifestId} class="stack">
                    <h2 class="h3">
                      <Link href={manifestPath(manifest.manifestId)}>{nameOf(manifest)}</Link>
                    </h2>
                    <Progress manifest={manifest} />
                  </li>
                ))}
              </ul>
            )}
            <Pager nextCursor={nextCursor} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

export const nameOf = ({ kind, createdAt }: ManifestSummary): string =>
  t('manifest.at', { kind: t(`manifest.kind.${kind}`), at: formatMoment(createdAt) });

/** How far it is. */
export function Progress({ manifest: { status, lines } }: { manifest: ManifestSummary }) {
  const told = t('manifest.lines', lines);
  return (
    <>
      <p>
        <strong>{t(`manifest.status.${status}`)}</strong> · {told}
      </p>
      {lines.waiting > 0 && (
        <progress class="progress" aria-label={told} max={lines.total} value={lines.total - lines.waiting} />
      )}
    </>
  );
}
