-- Up Migration

-- Another message about the same waits before it at this endpoint: nobody looks for it until that one is through. No check: a
-- program of before knows nothing of it, and marks messages beside one that does.
ALTER TABLE webhook_deliveries ADD COLUMN behind boolean NOT NULL DEFAULT false;
UPDATE webhook_deliveries d SET behind = true
WHERE status = 'waiting' AND ordered AND EXISTS (SELECT 1 FROM webhook_deliveries earlier
  WHERE earlier.endpoint_id = d.endpoint_id AND earlier.about_id = d.about_id AND earlier.event_id < d.event_id
    AND earlier.status = 'waiting' AND earlier.ordered);
DROP INDEX webhook_deliveries_due;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at) WHERE status = 'waiting' AND NOT behind;

-- Down Migration
DROP INDEX webhook_deliveries_due;
ALTER TABLE webhook_deliveries DROP COLUMN behind;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at) WHERE status = 'waiting';
