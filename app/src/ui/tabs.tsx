import { t } from '../i18n/index.ts';
import { PATHS } from '../paths.ts';
import { Link, usePath } from '../router.ts';
import { Icon } from './icon.tsx';

const TABS = [
  { href: PATHS.inbox, icon: 'inbox', label: 'nav.inbox' },
  { href: PATHS.history, icon: 'history', label: 'nav.history' },
  { href: PATHS.me, icon: 'person', label: 'nav.me' },
] as const;

/** The main menu. */
export function Tabs() {
  const path = usePath();
  return (
    <nav class="tabs" aria-label={t('nav.label')}>
      {TABS.map(({ href, icon, label }) => (
        <Link key={href} href={href} aria-current={path === href ? 'page' : undefined}>
          <Icon name={icon} />
          <span>{t(label)}</span>
        </Link>
      ))}
    </nav>
  );
}
