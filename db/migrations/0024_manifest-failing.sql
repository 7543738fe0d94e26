-- Up Migration

-- Its last turn failed, at that moment: it holds up no other of its broker's.
ALTER TABLE manifests ADD COLUMN failed_at timestamptz;

-- Down Migration
ALTER TABLE manifests DROP COLUMN failed_at;
