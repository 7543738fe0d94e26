import { navigate, usePath, useQuery } from '../../src/router.ts';
import { Button } from '../../src/ui/button.tsx';
import { t } from '../i18n/index.ts';

interface PagerProps {
  nextCursor: string | null;
  /** The list is newest first, unless said otherwise. */
  forward?: boolean;
}

/** Goes on in a list; back to its beginning, and by the browser's own button page by page. */
export function Pager({ nextCursor, forward = false }: PagerProps) {
  const [path, query] = [usePath(), useQuery()];
  const go = (cursor: string | null) => {
    const next = new URLSearchParams(query);
    if (cursor === null) next.delete('cursor');
    else next.set('cursor', cursor);
    navigate(next.size > 0 ? `${path}?${next}` : path);
  };
  const isFirst = !query.has('cursor');
  if (isFirst && nextCursor === null) return null;
  return (
    <nav class="pager" aria-label={t('pager.label')}>
      {!isFirst && (
        <Button kind="secondary" onClick={() => go(null)}>
          {t(forward ? 'pager.start' : 'pager.first')}
        </Button>
      )}
      {nextCursor !== null && (
        <Button kind="secondary" onClick={() => go(nextCursor)}>
          {t(forward ? 'pager.further' : 'pager.next')}
        </Button>
      )}
    </nav>
  );
}
