import { t } from '../i18n/index.ts';
import { PATHS } from '../paths.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Screen } from '../ui/screen.tsx';

export function NotFound() {
  return (
    <Screen
      title={t('problem.not-found.title')}
      actions={<ButtonLink href={PATHS.home}>{t('action.home')}</ButtonLink>}
    >
      <p>{t('problem.not-found.body')}</p>
    </Screen>
  );
}
