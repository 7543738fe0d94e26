import { LOCALES, setLocale, t, useLocale } from '../i18n/core.ts';

/** Both languages by their own names: whoever cannot read one finds the other. */
export function LanguageSwitch() {
  const current = useLocale();
  return (
    <fieldset class="language" aria-label={t('language.label')}>
      {LOCALES.map((locale) => (
        <button
          key={locale}
          type="button"
          lang={locale}
          aria-pressed={locale === current}
          onClick={() => setLocale(locale)}
        >
          {t(`language.${locale}`)}
        </button>
      ))}
    </fieldset>
  );
}
