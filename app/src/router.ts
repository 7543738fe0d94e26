/** Addresses and screens: the browser's own history, nothing more. */

import type { AnchorHTMLAttributes } from 'preact';
import { h } from 'preact';
import { createStore, useStore } from './store.ts';

const here = () => location.pathname + location.search;
const current = createStore(here());
/** Whether the present screen was gone to within the app: only then it takes the focus. */
let arrived = false;

addEventListener('popstate', () => {
  arrived = true;
  current.set(here());
});

/** Goes to a path of the app (with its query, if any). */
export function navigate(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState(history.state, '', path);
  else history.pushState({ depth: depth() + 1 }, '', path);
  arrived = true;
  scrollTo(0, 0);
  current.set(here());
}

/** Screens gone through before this one. */
const depth = (): number => (history.state as { depth?: number } | null)?.depth ?? 0;

/** One screen back, or to the parent where the app was entered here. */
export function goBack(parent: string): void {
  if (depth() > 0) history.back();
  else navigate(parent, { replace: true });
}

/** Whether the focus should move to the heading of the screen that appears. */
export const arrivedWithin = (): boolean => arrived;

export const usePath = (): string => useStore(current).split('?')[0] ?? '/';

export const useQuery = (): URLSearchParams => new URLSearchParams(useStore(current).split('?')[1] ?? '');

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { href: string; replace?: boolean };

/** A link within the app; with a modifier key the browser does what it always does. */
export function Link({ href, replace = false, onClick, ...rest }: LinkProps) {
  return h('a', {
    ...rest,
    href,
    onClick: (event: MouseEvent) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      navigate(href, { replace });
    },
  });
}
