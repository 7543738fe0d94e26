import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import type { Route } from '../../route.ts';
import { Screen } from '../../ui/screen.tsx';

/** The person's own: identity, devices, settings. */
export const meRoutes: readonly Route[] = [
  {
    path: PATHS.me,
    screen: () => (
      <Screen title={t('nav.me')} tabs>
        {null}
      </Screen>
    ),
  },
];
