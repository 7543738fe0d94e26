import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n/core.ts';

/** As the browser knows it; a network that leads nowhere shows at the next call. */
export function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    addEventListener('online', look);
    addEventListener('offline', look);
    return () => {
      removeEventListener('online', look);
      removeEventListener('offline', look);
    };
  }, []);
  return online;
}

export function ConnectionBanner() {
  const online = useOnline();
  return (
    <div class="strip-place" role="status">
      {!online && <div class="strip strip-warn">{t('state.offline')}</div>}
    </div>
  );
}
