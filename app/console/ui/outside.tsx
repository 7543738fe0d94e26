import type { ComponentChildren } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { LanguageSwitch } from '../../src/ui/language-switch.tsx';
import { t } from '../i18n/index.ts';

/** A screen of whoever is not logged in. */
export function Outside({ title, children }: { title: string; children: ComponentChildren }) {
  useLayoutEffect(() => {
    document.title = `${title} · ${t('app.name')}`;
  }, [title]);
  return (
    <div class="console">
      <header class="console-head">
        <strong class="brand">{t('app.name')}</strong>
        <LanguageSwitch />
      </header>
      <main id="main" class="outside">
        <h1>{title}</h1>
        {children}
      </main>
    </div>
  );
}
