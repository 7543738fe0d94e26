import { Fragment, type VNode } from 'preact';
import { matchPath } from '../src/paths.ts';
import type { Route } from '../src/route.ts';
import { usePath } from '../src/router.ts';
import { ConnectionBanner } from '../src/ui/connection-banner.tsx';
import { LiveRegion } from '../src/ui/live.tsx';
import { t, useLocale } from './i18n/index.ts';
import { PATHS } from './paths.ts';
import { Amend } from './screens/amend/amend.tsx';
import { Corrections } from './screens/corrections.tsx';
import { DeclarationScreen } from './screens/declaration/declaration.tsx';
import { Declarations } from './screens/declarations.tsx';
import { Join } from './screens/join.tsx';
import { Login } from './screens/login.tsx';
import { ManifestScreen } from './screens/manifests/manifest.tsx';
import { Manifests } from './screens/manifests/manifests.tsx';
import { Me } from './screens/me.tsx';
import { NotFound } from './screens/not-found.tsx';
import { Overview } from './screens/overview.tsx';
import { Record } from './screens/record.tsx';
import { UserScreen } from './screens/users/user.tsx';
import { Users } from './screens/users/users.tsx';
import { WebhookScreen } from './screens/webhooks/webhook.tsx';
import { Webhooks } from './screens/webhooks/webhooks.tsx';
import { SignedIn } from './ui/signed-in.tsx';

/** Screens of whoever is not logged in yet. */
const OUTSIDE: readonly Route[] = [
  { path: PATHS.login, screen: () => <Login /> },
  { path: PATHS.join, screen: () => <Join /> },
];

const INSIDE: readonly Route[] = [
  { path: PATHS.overview, screen: () => <Overview /> },
  { path: PATHS.declarations, screen: () => <Declarations /> },
  { path: PATHS.corrections, screen: () => <Corrections /> },
  { path: PATHS.declaration, screen: ({ id = '' }) => <DeclarationScreen id={id} /> },
  { path: PATHS.amend, screen: ({ id = '' }) => <Amend id={id} /> },
  { path: PATHS.manifests, screen: () => <Manifests /> },
  { path: PATHS.manifest, screen: ({ id = '' }) => <ManifestScreen id={id} /> },
  { path: PATHS.webhooks, screen: () => <Webhooks /> },
  { path: PATHS.webhook, screen: ({ id = '' }) => <WebhookScreen id={id} /> },
  { path: PATHS.users, screen: () => <Users /> },
  { path: PATHS.user, screen: ({ id = '' }) => <UserScreen id={id} /> },
  { path: PATHS.record, screen: () => <Record /> },
  { path: PATHS.me, screen: () => <Me /> },
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
      {screenAt(OUTSIDE, path) ?? (
        <SignedIn>
          <Fragment key={path}>{screenAt(INSIDE, path) ?? <NotFound />}</Fragment>
        </SignedIn>
      )}
      <LiveRegion />
    </>
  );
}

function screenAt(routes: readonly Route[], path: string): VNode | null {
  for (const { path: pattern, screen } of routes) {
    const params = matchPath(pattern, path);
    if (params) return screen(params);
  }
  return null;
}
