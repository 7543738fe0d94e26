import type { Queryable } from './pool.ts';

export interface OperatorCounts {
  declarations: { status: string; count: number }[];
  waiting: {
    unacknowledgedReports: number;
    pendingConsents: number;
    /** Of these, confirmations that wait for a telecom operator's word on the SIM. */
    heldConsents: number;
    waybillsElsewhere: number;
    unacknowledgedNotices: number;
    /** Customs refused them for good: somebody has to look. */
    refusedNotices: number;
    openFraudCases: number;
    /** Told of nothing until they work again. */
    pausedWebhookEndpoints: number;
    undeliveredWebhooks: number;
    /** Events without a place in the feed. */
    unsequencedEvents: number;
  };
}

const NOTHING_WAITS: OperatorCounts['waiting'] = {
  unacknowledgedReports: 0,
  pendingConsents: 0,
  heldConsents: 0,
  waybillsElsewhere: 0,
  unacknowledgedNotices: 0,
  refusedNotices: 0,
  openFraudCases: 0,
  pausedWebhookEndpoints: 0,
  undeliveredWebhooks: 0,
  unsequencedEvents: 0,
};

/** Counts for `/metrics`, from partial indexes: never a scan of what is finished. */
export async function countsForOperators(db: Queryable): Promise<OperatorCounts> {
  const declarations = await db.query<{ status: string; count: number }>(
    'SELECT status, count(*) AS count FROM declarations WHERE NOT finished GROUP BY status',
  );
  const waiting = await db.query<OperatorCounts['waiting']>(
    `SELECT
       (SELECT count(*) FROM declarations WHERE NOT finished AND status IN ('reporting', 'needs_attention')) AS "unacknowledgedReports",
       (SELECT count(*) FROM consents WHERE verdict = 'pending') AS "pendingConsents",
       (SELECT count(*) FROM consents WHERE verdict = 'pending' AND held_until > now()) AS "heldConsents",
       (SELECT count(*) FROM declarations WHERE NOT finished AND waybill_elsewhere) AS "waybillsElsewhere",
       (SELECT count(*) FROM customs_notices
         WHERE acknowledged_at IS NULL AND refused_code IS NULL) AS "unacknowledgedNotices",
       (SELECT count(*) FROM customs_notices WHERE refused_code IS NOT NULL) AS "refusedNotices",
       (SELECT count(*) FROM fraud_cases WHERE resolved_at IS NULL) AS "openFraudCases",
       (SELECT count(*) FROM webhook_endpoints
         WHERE paused_at IS NOT NULL AND deleted_at IS NULL) AS "pausedWebhookEndpoints",
       (SELECT count(*) FROM webhook_deliveries d JOIN webhook_endpoints e USING (endpoint_id)
         WHERE d.status = 'waiting' AND e.deleted_at IS NULL) AS "undeliveredWebhooks",
       (SELECT count(*) FROM event_queue) AS "unsequencedEvents"`,
  );
  return {
    declarations: declarations.rows,
    waiting: waiting.rows[0] ?? NOTHING_WAITS,
  };
}
