import { api } from '../../api/client.ts';
import { useLive } from '../../api/events.ts';
import type { Identity } from '../../api/types.ts';
import { useAction } from '../../api/use-action.ts';
import { useResource } from '../../api/use-resource.ts';
import { forgetDrafts } from '../../declaration/draft-store.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { navigate } from '../../router.ts';
import { Button } from '../../ui/button.tsx';
import { LinkCard } from '../../ui/card.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';
import { Screen } from '../../ui/screen.tsx';
import { Freeze } from './freeze.tsx';
import { IdentityCard } from './identity-card.tsx';
import { PhoneChangeWarning } from './phone-change-warning.tsx';
import { Suspended } from './suspended.tsx';

export const mePath = (part: string): string => PATHS.mePart.replace(':part', part);

const PARTS = ['phone', 'devices', 'lookups', 'duty', 'settings', 'leave'] as const;
const PATH_OF: Readonly<Record<string, string>> = { duty: 'duty-free' };

/** Everything that is the person's own to see and to steer. */
export function Me() {
  const identity = useResource<Identity>('/app/identity');
  useLive(identity.reload);
  const logout = useAction(async () => {
    await api.delete('/app/session');
    forgetDrafts();
    navigate(PATHS.home, { replace: true });
  });
  return (
    <Screen title={t('me.title')} tabs language>
      <Loaded resource={identity}>
        {(data) => (
          <>
            {data.phoneChange && <PhoneChangeWarning change={data.phoneChange} onChanged={identity.reload} />}
            {data.suspendedAt !== undefined && <Suspended reason={data.suspensionReason} identity={data} />}
            <IdentityCard identity={data} />
            <Freeze frozenAt={data.frozenAt} onChanged={identity.reload} />
          </>
        )}
      </Loaded>
      {PARTS.map((part) => (
        <LinkCard key={part} href={mePath(PATH_OF[part] ?? part)} title={t(`me.${part}.title`)}>
          {t(`me.${part}.short`)}
        </LinkCard>
      ))}
      {logout.error !== undefined && <ProblemBanner error={logout.error} />}
      <Button kind="secondary" onClick={logout.run} busy={logout.busy}>
        {t('me.logout')}
      </Button>
    </Screen>
  );
}
