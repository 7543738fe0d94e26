/** Lists, page by page as they are read. */
import type { Call, Transport } from './transport.ts';

interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

const PAGE = 200;

/** Every item of a list; the next page is asked for when the one before was read. */
export async function* everyItem<T>(
  { json }: Transport,
  path: string,
  query: NonNullable<Call['query']> = {},
): AsyncGenerator<T> {
  let cursor: string | null | undefined;
  do {
    const page: Page<T> = await json({
      method: 'GET',
      path,
      query: { limit: PAGE, ...query, cursor: cursor ?? undefined },
    });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
