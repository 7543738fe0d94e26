import { setTimeout as sleep } from 'node:timers/promises';
import type { Transport } from './transport.ts';
import type { ConsentryEvent } from './types.ts';

export interface FollowOptions {
  /** Where the last one left off; from the beginning of the feed unless given. */
  cursor?: string;
  /** How often it looks when nothing is there; 2 s unless given. */
  everyMs?: number;
  /** Ends when nothing is left for now, instead of waiting. */
  once?: boolean;
  signal?: AbortSignal;
}

const EVERY_MS = 2_000;
const PAGE = 200;

export type Events = ReturnType<typeof createEvents>;

/** `/v1/events` */
export function createEvents({ json }: Transport) {
  return {
    /** Events, oldest first, page by page: keep each page's `cursor` together with what you did with its `events`. */
    async *follow({ cursor, everyMs = EVERY_MS, once = false, signal }: FollowOptions = {}): AsyncGenerator<{
      events: ConsentryEvent[];
      cursor: string;
    }> {
      for (let at = cursor; ; ) {
        const { items: events, nextCursor } = await json<{ items: ConsentryEvent[]; nextCursor: string }>({
          method: 'GET',
          path: '/v1/events',
          query: { cursor: at, limit: PAGE },
          signal,
        });
        at = nextCursor;
        if (events.length > 0) yield { events, cursor: nextCursor };
        else if (once) return;
        else await sleep(everyMs, undefined, { signal });
      }
    },
  };
}
