import { t } from '../i18n/core.ts';

export function Spinner() {
  return <span class="spinner" aria-hidden="true" />;
}

/** Where content will be: calm bars of about its size. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div class="skeleton" aria-busy="true">
      <span class="visually-hidden">{t('state.loading')}</span>
      {Array.from({ length: lines }, (_, line) => (
        <span class="skeleton-line" key={line} aria-hidden="true" />
      ))}
    </div>
  );
}
