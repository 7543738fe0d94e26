-- Up Migration

-- Told by the inbox alone: the person was rung often enough for this broker in the hour before.
ALTER TABLE notifications ADD COLUMN held_back_at timestamptz;
CREATE INDEX notifications_sent ON notifications (recipient, sent_at) WHERE sent_at IS NOT NULL;

-- Down Migration
DROP INDEX notifications_sent;
ALTER TABLE notifications DROP COLUMN held_back_at;
