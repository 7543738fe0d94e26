import { useEffect, useState } from 'preact/hooks';
import { pushState, turnOnPush } from '../../api/push.ts';
import { useAction } from '../../api/use-action.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { toast } from '../../ui/live.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';

const KEY = 'push-nudge';

/** Asks for notifications where they are of use, with the reason, once: the browser's own question follows the touch. */
export function PushNudge() {
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    if (localStorage.getItem(KEY) === null) pushState().then((state) => setWanted(state === 'off'));
  }, []);
  const dismiss = () => {
    localStorage.setItem(KEY, 'later');
    setWanted(false);
  };
  const turnOn = useAction(async () => {
    if ((await turnOnPush()) === 'on') toast(t('inbox.push.done'));
    setWanted(false);
  });
  if (!wanted) return null;
  return (
    <Card title={t('inbox.push.title')}>
      <p>{t('inbox.push.body')}</p>
      {turnOn.error !== undefined && <ProblemBanner error={turnOn.error} />}
      <div class="side-by-side">
        <Button kind="secondary" onClick={turnOn.run} busy={turnOn.busy}>
          {t('inbox.push.on')}
        </Button>
        <Button kind="quiet" onClick={dismiss}>
          {t('inbox.push.later')}
        </Button>
      </div>
    </Card>
  );
}
