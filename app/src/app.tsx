import { Fragment, type VNode } from 'preact';
import { t, useLocale } from './i18n/index.ts';
import { matchPath, PATHS } from './paths.ts';
import type { Route } from './route.ts';
import { usePath } from './router.ts';
import { declarationRoutes } from './screens/declaration/routes.tsx';
import { meRoutes } from './screens/me/routes.tsx';
import { NotFound } from './screens/not-found.tsx';
import { registrationRoutes } from './screens/registration/routes.tsx';
import { Home } from './screens/welcome/home.tsx';
import { ConnectionBanner } from './ui/connection-banner.tsx';
import { LiveRegion } from './ui/live.tsx';
import { UpdateBanner } from './ui/update-banner.tsx';

/** Every screen by its address. */
export const ROUTES: readonly Route[] = [
  { path: PATHS.home, screen: () => <Home /> },
  ...declarationRoutes,
  ...registrationRoutes,
  ...meRoutes,
];

export function App() {
  const path = usePath();
  // Every text is made anew in the other language.
  useLocale();
  return (
    <>
      <a class="skip" href="#main">
        {t('app.skip')}
      </a>
      <ConnectionBanner />
      <UpdateBanner />
      <Fragment key={path}>{screenAt(path)}</Fragment>
      <LiveRegion />
    </>
  );
}

function screenAt(path: string): VNode {
  for (const { path: pattern, screen } of ROUTES) {
    const params = matchPath(pattern, path);
    if (params) return screen(params);
  }
  return <NotFound />;
}
