import { api } from '../../src/api/client.ts';
import { useAction } from '../../src/api/use-action.ts';
import { useResource } from '../../src/api/use-resource.ts';
import { PasskeyExists } from '../../src/api/webauthn.ts';
import { LOCALES, setLocale } from '../../src/i18n/core.ts';
import { navigate } from '../../src/router.ts';
import { useStore } from '../../src/store.ts';
import { setTheme, THEMES, theme } from '../../src/theme.ts';
import { Banner } from '../../src/ui/banner.tsx';
import { Button } from '../../src/ui/button.tsx';
import { Choice } from '../../src/ui/choice.tsx';
import { toast } from '../../src/ui/live.tsx';
import { Loaded } from '../../src/ui/loaded.tsx';
import { ProblemBanner } from '../../src/ui/problem.tsx';
import { addPasskey, at, withRecentLogin } from '../api.ts';
import { forgetDrafts } from '../draft.ts';
import { t, useLocale } from '../i18n/index.ts';
import { PATHS } from '../paths.ts';
import type { User } from '../types.ts';
import { Page } from '../ui/page.tsx';
import { useWho } from '../ui/signed-in.tsx';
import { Devices } from './users/devices.tsx';

/** What is the person's own: devices, language, theme, and leaving. */
export function Me() {
  const { user } = useWho();
  const own = useResource<User>(at(`/users/${user.userId}`));
  return (
    <Page title={user.name ?? t('me.title')}>
      <h2>{t('me.devices')}</h2>
      <Loaded resource={own}>{(data) => <Devices user={data} onChanged={own.reload} />}</Loaded>
      <AddPasskey onAdded={own.reload} />
      <h2>{t('me.settings')}</h2>
      <Choice
        legend={t('me.language')}
        options={LOCALES.map((value) => ({ value, label: t(`language.${value}`) }))}
        value={useLocale()}
        onChange={setLocale}
      />
      <Choice
        legend={t('me.theme')}
        options={THEMES.map((value) => ({ value, label: t(`me.theme.${value}`) }))}
        value={useStore(theme)}
        onChange={setTheme}
      />
      <LogOut />
    </Page>
  );
}

function AddPasskey({ onAdded }: { onAdded: () => void }) {
  const add = useAction(async () => {
    await withRecentLogin(addPasskey);
    toast(t('me.added'));
    onAdded();
  });
  return (
    <>
      {add.error instanceof PasskeyExists ? (
        <Banner alert>{t('me.exists')}</Banner>
      ) : (
        add.error !== undefined && <ProblemBanner error={add.error} />
      )}
      <Button kind="secondary" onClick={add.run} busy={add.busy}>
        {t('me.add')}
      </Button>
    </>
  );
}

function LogOut() {
  const logout = useAction(async () => {
    await api.delete(at('/session'));
    forgetDrafts();
    navigate(PATHS.login, { replace: true });
  });
  return (
    <>
      {logout.error !== undefined && <ProblemBanner error={logout.error} />}
      <Button kind="secondary" onClick={logout.run} busy={logout.busy}>
        {t('me.logout')}
      </Button>
    </>
  );
}
