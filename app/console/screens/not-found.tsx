import { ButtonLink } from '../../src/ui/button.tsx';
import { t } from '../i18n/index.ts';
import { PATHS } from '../paths.ts';
import { Page } from '../ui/page.tsx';

export function NotFound() {
  return (
    <Page title={t('missing.title')}>
      <p>{t('missing.body')}</p>
      <ButtonLink href={PATHS.overview}>{t('missing.home')}</ButtonLink>
    </Page>
  );
}
