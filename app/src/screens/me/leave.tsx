import { useState } from 'preact/hooks';
import { api } from '../../api/client.ts';
import { withRecentLogin } from '../../api/recent.ts';
import { useAction } from '../../api/use-action.ts';
import { forgetDrafts } from '../../declaration/draft-store.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';
import { Screen } from '../../ui/screen.tsx';

/** The way out: what ends at once, what the law keeps, and for how long. */
export function Leave() {
  const [asked, setAsked] = useState(false);
  const [left, setLeft] = useState(false);
  const leave = useAction(async () => {
    await withRecentLogin(() => api.delete('/app/identity'));
    forgetDrafts();
    setAsked(false);
    setLeft(true);
  });
  if (left) return <Left />;
  return (
    <Screen
      title={t('me.leave.title')}
      back={PATHS.me}
      actions={
        <Button kind="danger" onClick={() => setAsked(true)}>
          {t('me.leave.action')}
        </Button>
      }
    >
      <p>{t('me.leave.body')}</p>
      <Banner>{t('me.leave.kept')}</Banner>
      <Dialog
        open={asked}
        title={t('me.leave.confirm')}
        onClose={() => setAsked(false)}
        actions={
          <>
            <Button kind="danger" onClick={leave.run} busy={leave.busy}>
              {t('me.leave.action')}
            </Button>
            <Button kind="secondary" onClick={() => setAsked(false)}>
              {t('action.cancel')}
            </Button>
          </>
        }
      >
        <p>{t('me.leave.confirm.body')}</p>
        {leave.error !== undefined && <ProblemBanner error={leave.error} />}
      </Dialog>
    </Screen>
  );
}

function Left() {
  return (
    <Screen
      title={t('me.leave.done.title')}
      actions={<ButtonLink href={PATHS.home}>{t('action.home')}</ButtonLink>}
    >
      <Banner kind="success" alert>
        {t('me.leave.done.body')}
      </Banner>
    </Screen>
  );
}
