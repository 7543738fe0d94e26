import { t } from '../i18n/index.ts';
import { useStore } from '../store.ts';
import { takeUpdate, updateWaits } from '../sw/register.ts';

/** A new version waits: taken when the person says so, never under an answer that is being written. */
export function UpdateBanner() {
  if (!useStore(updateWaits)) return null;
  return (
    <div class="strip strip-info" role="status">
      <span>{t('update.title')}</span>
      <button type="button" class="strip-button" onClick={takeUpdate}>
        {t('update.action')}
      </button>
    </div>
  );
}
