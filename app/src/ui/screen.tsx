import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { arrivedWithin, goBack } from '../router.ts';
import { Icon } from './icon.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { Tabs } from './tabs.tsx';

interface ScreenProps {
  /** Heading of level 1, and the window's title. */
  title: string;
  /** Where the back button leads when the app was entered here; without it there is none. */
  back?: string;
  /** The main menu at the bottom: on the three screens that it leads to. */
  tabs?: boolean;
  /** Shown at the right of the top bar. */
  language?: boolean;
  /** The buttons at thumb height. */
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** The frame of every screen. Its heading takes the focus when it appears, so that screen readers begin there. */
export function Screen({ title, back, tabs = false, language = false, actions, children }: ScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    document.title = `${title} · ${t('app.name')}`;
  }, [title]);
  useEffect(() => {
    if (arrivedWithin()) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="screen">
      <header class="top">
        {back === undefined ? (
          <span class="brand">{t('app.name')}</span>
        ) : (
          <button type="button" class="top-button" onClick={() => goBack(back)}>
            <Icon name="back" />
            <span>{t('nav.back')}</span>
          </button>
        )}
        {language && <LanguageSwitch />}
      </header>
      <main id="main" class="content">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {children}
      </main>
      {actions !== undefined && <div class="actions">{actions}</div>}
      {tabs && <Tabs />}
    </div>
  );
}
