import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export interface Seen {
  /** How many of the list's items have not been seen to their end. */
  left: number;
  /** Brings the first of those into view, and the focus to it. */
  goOn: () => void;
}

/** As long as an eye needs to rest on a line, ms: what only flew past, or moved while the page grew, was not seen. */
const REST_MS = 400;

/** Which items of a list a person has had before their eyes; `count` of them, each with a `data-end` inside. */
export function useSeen(list: RefObject<HTMLElement | null>, count: number): Seen {
  const [seen, setSeen] = useState<ReadonlySet<number>>(new Set());
  useEffect(() => {
    const ends = [...(list.current?.querySelectorAll('[data-end]') ?? [])];
    return watch(ends, coveredBelow(list.current), (at) => setSeen((before) => new Set([...before, at])));
  }, [list, count]);
  return {
    left: count - seen.size,
    goOn: () => {
      const first = Array.from({ length: count }, (_, at) => at).find((at) => !seen.has(at));
      const item = first === undefined ? null : list.current?.children[first];
      if (!(item instanceof HTMLElement)) return;
      item.scrollIntoView({ block: 'start' });
      item.focus({ preventScroll: true });
    },
  };
}

/** Tells the place of each element that rested in the window, once. Returns what ends it. */
function watch(ends: readonly Element[], covered: number, onSeen: (at: number) => void): () => void {
  const timers = new Map<Element, ReturnType<typeof setTimeout>>();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        clearTimeout(timers.get(target));
        if (!isIntersecting) continue;
        const rested = () => {
          observer.unobserve(target);
          onSeen(ends.indexOf(target));
        };
        timers.set(target, setTimeout(rested, REST_MS));
      }
    },
    { rootMargin: `0px 0px -${covered}px 0px` },
  );
  for (const end of ends) observer.observe(end);
  return () => {
    observer.disconnect();
    for (const timer of timers.values()) clearTimeout(timer);
  };
}

/** CSS pixels at the bottom of the window that the buttons lie over: what is under them was not seen. */
function coveredBelow(list: HTMLElement | null): number {
  const bar = list?.closest('.screen')?.querySelector<HTMLElement>('.actions');
  return bar && getComputedStyle(bar).position === 'sticky' ? bar.offsetHeight : 0;
}
