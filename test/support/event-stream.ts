/** Server-sent events as a browser takes them (WHATWG HTML, 9.2.6), as far as this service sends any. */
import type { Handset } from '../../sandbox/handset/handset.ts';

export interface EventStream {
  status: number;
  headers: Headers;
  /** What arrived so far, block by block, comments too. */
  readonly blocks: string[];
  /** Of the last block that had one. */
  lastId(): string | undefined;
  /** How often something was told to have changed. */
  changes(): number;
  /** Resolves when the server ends it. */
  ended: Promise<void>;
  close(): void;
}

export async function openEvents(
  handset: Handset,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(`${handset.api}/app/events`, {
    headers: { cookie: `session=${handset.browser.cookie(handset.api, 'session') ?? ''}`, ...headers },
    signal: abort.signal,
  });
  const blocks: string[] = [];
  return {
    status: response.status,
    headers: response.headers,
    blocks,
    lastId: () => blocks.flatMap((block) => /^id: (.*)$/m.exec(block)?.[1] ?? []).at(-1),
    changes: () => blocks.filter((block) => /^event: changed\ndata: \{\}$/m.test(block)).length,
    ended: collect(response, blocks),
    close: () => abort.abort(),
  };
}

async function collect(response: Response, blocks: string[]): Promise<void> {
  let text = '';
  try {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const parts = (text + chunk).split('\n\n');
      text = parts.pop() ?? '';
      blocks.push(...parts);
    }
  } catch {
    // Closed by us, or cut off: it has ended.
  }
}
