import type { ComponentChildren } from 'preact';
import { Link, usePath } from '../../src/router.ts';
import { LanguageSwitch } from '../../src/ui/language-switch.tsx';
import { t } from '../i18n/index.ts';
import { PATHS } from '../paths.ts';
import type { Who } from '../types.ts';

const MENU = [
  { href: PATHS.overview, label: 'nav.overview' },
  { href: PATHS.corrections, label: 'nav.corrections' },
  { href: PATHS.declarations, label: 'nav.declarations' },
  { href: PATHS.manifests, label: 'nav.manifests' },
  { href: PATHS.webhooks, label: 'nav.webhooks' },
  { href: PATHS.record, label: 'nav.record' },
] as const;
const USERS = { href: PATHS.users, label: 'nav.users' } as const;
const ME = { href: PATHS.me, label: 'nav.me' } as const;

/** The broker's name, the menu, and what is below. */
export function Frame({ who: { broker, user }, children }: { who: Who; children: ComponentChildren }) {
  const path = usePath();
  const items = [...MENU, ...(user.role === 'admin' ? [USERS] : []), ME];
  return (
    <div class="console">
      <header class="console-head">
        <p>
          <strong class="brand">{t('app.name')}</strong>{' '}
          <span class="foreign">{t('frame.broker', { name: broker.name, number: broker.boxNumber })}</span>
        </p>
        <LanguageSwitch />
      </header>
      <nav class="console-menu" aria-label={t('nav.label')}>
        <ul>
          {items.map(({ href, label }) => (
            <li key={href}>
              <Link href={href} aria-current={isHere(path, href) ? 'page' : undefined}>
                {t(label)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {children}
    </div>
  );
}

const isHere = (path: string, href: string): boolean =>
  path === href || (href !== PATHS.overview && path.startsWith(`${href}/`));
