/** P2 told later: contexts that Customs sends to Consentry, each again until it is taken or refused for good. */
import type { Context } from './state.ts';

export interface ConsentryAddress {
  url: string;
  /** Customs' token at Consentry. */
  token: string;
}

const CONCURRENT = 8;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;
const TIMEOUT_MS = 10_000;
/** Answers after which the same request may yet succeed. */
const PASSING = new Set([408, 425, 429]);

/** Consentry's answer to a context. Throws when there was none. */
export async function sendContext(
  { url, token }: ConsentryAddress,
  context: Context,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}/customs/v1/declarations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(context),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  return { status: response.status, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export interface Deliveries {
  add(id: string, context: Context, afterMs: number): void;
  stop(): void;
}

/** `settled` hears of each context once, with the answer that ended it. */
export function startDeliveries(
  address: ConsentryAddress,
  settled: (id: string, status: number) => void,
): Deliveries {
  const due: { id: string; context: Context; tries: number }[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let running = 0;
  let stopped = false;

  const enqueue = (item: (typeof due)[number], afterMs: number) => {
    if (stopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      due.push(item);
      next();
    }, afterMs);
    timers.add(timer);
  };

  const next = () => {
    if (running >= CONCURRENT) return;
    const item = due.shift();
    if (!item) return;
    running += 1;
    void attempt(item).finally(() => {
      running -= 1;
      next();
    });
  };

  const attempt = async (item: (typeof due)[number]) => {
    const status = await sendContext(address, item.context).then(
      (answer) => answer.status,
      () => 0,
    );
    if (stopped) return;
    if (status >= 200 && status < 500 && !PASSING.has(status)) return settled(item.id, status);
    const wait = Math.min(FIRST_RETRY_MS * 2 ** item.tries, LONGEST_RETRY_MS);
    enqueue({ ...item, tries: item.tries + 1 }, wait);
  };

  return {
    add: (id, context, afterMs) => enqueue({ id, context, tries: 0 }, afterMs),
    stop: () => {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
