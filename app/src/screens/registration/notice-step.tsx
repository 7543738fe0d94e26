import type { Notice } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { t, useLocale } from '../../i18n/index.ts';
import { Card } from '../../ui/card.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { changeDraft } from './draft.ts';
import { StepScreen } from './step-screen.tsx';

/** What the law asks us to say before (PDPA Art. 8, Electronic Signatures Act Art. 4). */
export function NoticeStep() {
  const notice = useResource<Notice>(`/app/notices?locale=${useLocale()}`);
  const accept = () => {
    if (notice.state !== 'ready') return false;
    changeDraft({ noticeVersion: notice.data.version });
    return true;
  };
  return (
    <StepScreen
      step="notice"
      title={t('register.notice.title')}
      check={accept}
      action={t('register.notice.accept')}
    >
      <p>{t('register.notice.body')}</p>
      <Loaded resource={notice}>
        {({ text }) => (
          <Card>
            <p class="prose">{text}</p>
          </Card>
        )}
      </Loaded>
      <p class="muted small">{t('register.paper')}</p>
    </StepScreen>
  );
}
