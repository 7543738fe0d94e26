import { withFreshLogin } from '../../api/recent.ts';
import type { Identity } from '../../api/types.ts';
import { useAction } from '../../api/use-action.ts';
import { useResource } from '../../api/use-resource.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { navigate } from '../../router.ts';
import { Button } from '../../ui/button.tsx';
import { Facts } from '../../ui/card.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';
import { Screen } from '../../ui/screen.tsx';
import { beginAs, stepPath } from '../registration/draft.ts';

/** Another number, at once: the passkey says who, the new SIM says from where. */
export function Phone() {
  const identity = useResource<Identity>('/app/identity');
  const begin = useAction(async () => {
    if (identity.state !== 'ready') return;
    await withFreshLogin();
    beginAs('phone', identity.data);
    navigate(stepPath('notice'));
  });
  return (
    <Screen
      title={t('me.phone.title')}
      back={PATHS.me}
      actions={
        <Button onClick={begin.run} busy={begin.busy}>
          {t('me.phone.start')}
        </Button>
      }
    >
      <p>{t('me.phone.body')}</p>
      <Loaded resource={identity} skeletonLines={1}>
        {({ phone }) => <Facts items={[[t('me.phone.now'), <span class="code">{phone}</span>]]} />}
      </Loaded>
      {begin.error !== undefined && <ProblemBanner error={begin.error} />}
    </Screen>
  );
}
