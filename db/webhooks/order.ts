/**
 * Messages about one declaration or manifest go to an endpoint one after the other. Those that have another before them are
 * marked as `behind` it, so that a claim finds what may go without looking at what may not.
 *
 * Two write the mark without waiting for each other: whoever addresses a message sees one that waits before it, and whoever is through
 * with that one lets the next go. Each commits its part first and looks again after it (`letGo`), so the later of the two sees both parts.
 */
import type { Queryable } from '../pool.ts';

/** A place in the order: an endpoint, and what messages are about. */
export interface Line {
  endpointId: string;
  aboutId: string;
}

/** Lets go what is behind nothing, of the messages `d` of a FROM clause. In one order of locks, whoever does it. */
const letGoOf = (from: string): string => `UPDATE webhook_deliveries d SET behind = false FROM (
    SELECT d.ctid FROM ${from}
    WHERE d.status = 'waiting' AND d.ordered AND d.behind AND NOT EXISTS (SELECT 1 FROM webhook_deliveries earlier
      WHERE earlier.endpoint_id = d.endpoint_id AND earlier.about_id = d.about_id AND earlier.event_id < d.event_id
        AND earlier.status = 'waiting' AND earlier.ordered)
    ORDER BY d.endpoint_id, d.about_id FOR UPDATE OF d) first
  WHERE d.ctid = first.ctid`;

/** The first in each of these lines is behind none any more: it is due. In a statement of its own, after what it follows from. */
export async function letGo(db: Queryable, lines: readonly Line[]): Promise<void> {
  if (lines.length === 0) return;
  await db.query({
    name: 'webhooks-let-go',
    text: letGoOf(`(SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[]) AS t(endpoint_id, about_id)) line
      JOIN webhook_deliveries d USING (endpoint_id, about_id)`),
    values: [lines.map(({ endpointId }) => endpointId), lines.map(({ aboutId }) => aboutId)],
  });
}

/** The same for all lines: whoever was to let the next go may have been killed just before. */
export async function letGoAll(db: Queryable): Promise<void> {
  await db.query({ name: 'webhooks-let-go-all', text: letGoOf('webhook_deliveries d') });
}
