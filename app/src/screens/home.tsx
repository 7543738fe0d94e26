import { t } from '../i18n/index.ts';
import { PATHS } from '../paths.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Screen } from '../ui/screen.tsx';

/** The first screen of a stranger; whoever is logged in goes on to the inbox. */
export function Home() {
  return (
    <Screen
      title={t('app.tagline')}
      language
      actions={<ButtonLink href={PATHS.login}>{t('action.login')}</ButtonLink>}
    >
      {null}
    </Screen>
  );
}
