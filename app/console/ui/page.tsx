import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { arrivedWithin, Link } from '../../src/router.ts';
import { Icon } from '../../src/ui/icon.tsx';
import { t } from '../i18n/index.ts';

interface PageProps {
  /** Heading of level 1, and the window's title. */
  title: string;
  /** The list that it is one of. */
  parent?: { href: string; label: string };
  children: ComponentChildren;
}

/** A screen within the frame. Its heading takes the focus when it appears, so that screen readers begin there. */
export function Page({ title, parent, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    document.title = `${title} · ${t('app.name')}`;
  }, [title]);
  useEffect(() => {
    if (arrivedWithin()) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <main id="main" class="page">
      {parent && (
        <Link href={parent.href} class="page-parent">
          <Icon name="back" />
          {parent.label}
        </Link>
      )}
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </main>
  );
}
