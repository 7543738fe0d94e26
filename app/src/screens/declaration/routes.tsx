import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import type { Route } from '../../route.ts';
import { Screen } from '../../ui/screen.tsx';

/** What waits for the person, one declaration with its answers, and what was answered. */
export const declarationRoutes: readonly Route[] = [
  {
    path: PATHS.inbox,
    screen: () => (
      <Screen title={t('nav.inbox')} tabs>
        {null}
      </Screen>
    ),
  },
  {
    path: PATHS.history,
    screen: () => (
      <Screen title={t('nav.history')} tabs>
        {null}
      </Screen>
    ),
  },
];
