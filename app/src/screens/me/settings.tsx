import { LOCALES, setLocale, t, useLocale } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { useStore } from '../../store.ts';
import { setTheme, THEMES, theme } from '../../theme.ts';
import { Choice } from '../../ui/choice.tsx';
import { Screen } from '../../ui/screen.tsx';
import { PushSetting } from './push-setting.tsx';

/** What this phone does, and how it looks. */
export function Settings() {
  return (
    <Screen title={t('me.settings.title')} back={PATHS.me}>
      <PushSetting />
      <Choice
        legend={t('me.settings.language')}
        options={LOCALES.map((value) => ({ value, label: t(`language.${value}`) }))}
        value={useLocale()}
        onChange={setLocale}
      />
      <Choice
        legend={t('me.settings.theme')}
        options={THEMES.map((value) => ({ value, label: t(`me.settings.theme.${value}`) }))}
        value={useStore(theme)}
        onChange={setTheme}
      />
    </Screen>
  );
}
