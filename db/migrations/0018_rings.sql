-- Up Migration

-- When it was taken up to ring for several declarations that are told of together: the others wait in the inbox.
ALTER TABLE notifications ADD COLUMN rings_at timestamptz;

-- Down Migration
ALTER TABLE notifications DROP COLUMN rings_at;
