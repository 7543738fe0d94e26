import { useEffect, useState } from 'preact/hooks';
import { type PushState, pushState, turnOffPush, turnOnPush } from '../../api/push.ts';
import { useAction } from '../../api/use-action.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';

/** Notifications on this phone, in whatever state the browser has them. */
export function PushSetting() {
  const [state, setState] = useState<PushState | undefined>();
  useEffect(() => void pushState().then(setState), []);
  const change = useAction(async () => setState(await (state === 'on' ? turnOffPush() : turnOnPush())));
  if (state === undefined) return null;
  return (
    <Card title={t('me.settings.push')}>
      <p role="status">
        {t(state === 'on' || state === 'off' ? `me.settings.push.${state}` : `notify.${state}`)}
      </p>
      {change.error !== undefined && <ProblemBanner error={change.error} />}
      {(state === 'on' || state === 'off') && (
        <Button kind="secondary" onClick={change.run} busy={change.busy}>
          {t(state === 'on' ? 'me.settings.push.turn-off' : 'me.settings.push.turn-on')}
        </Button>
      )}
    </Card>
  );
}
