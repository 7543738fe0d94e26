import { useEffect } from 'preact/hooks';
import { createStore, useStore } from '../store.ts';
import { api } from './client.ts';
import type { Settings } from './types.ts';

/** What the service is; asked for once. */
const settings = createStore<Settings | undefined>(undefined);
let asking = false;

/** Undefined while it is not known. A try that failed is made again by the next who asks. */
export function useSettings(): Settings | undefined {
  useEffect(() => {
    if (settings.get() || asking) return;
    asking = true;
    api
      .get<Settings>('/app/settings')
      .then(settings.set, () => {})
      .finally(() => {
        asking = false;
      });
  }, []);
  return useStore(settings);
}
