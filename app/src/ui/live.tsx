/** What happened, in a sentence: seen for a while at the bottom, and told politely to screen readers. */
import { createStore, useStore } from '../store.ts';

/** Long enough to be read twice, ms. */
const SHOWN_MS = 6_000;

interface Announcement {
  text: string;
  seen: boolean;
}

const current = createStore<Announcement | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

function tell(announcement: Announcement): void {
  clearTimeout(timer);
  current.set(announcement);
  timer = setTimeout(() => current.set(null), SHOWN_MS);
}

/** To everybody. */
export const toast = (text: string): void => tell({ text, seen: true });
/** To screen readers alone: what others see anyway. */
export const announce = (text: string): void => tell({ text, seen: false });

/** Once, at the root of the app. */
export function LiveRegion() {
  const announcement = useStore(current);
  return (
    <div class={announcement?.seen ? 'toast' : 'visually-hidden'} role="status">
      {announcement?.text}
    </div>
  );
}
