import type { Notice } from '../../api/types.ts';
import { t } from '../../i18n/index.ts';
import { Banner } from '../../ui/banner.tsx';

/** What the law asks to be said before a signature. Its version and language are signed with the answer. */
export function NoticeText({ notice }: { notice: Notice | null }) {
  if (!notice) return <Banner kind="warn">{t('declaration.notice.missing')}</Banner>;
  return (
    <details class="card whole">
      <summary>{t('declaration.notice', { version: notice.version })}</summary>
      <p>{notice.text}</p>
    </details>
  );
}
