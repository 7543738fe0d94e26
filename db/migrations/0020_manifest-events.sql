-- Up Migration

-- Events of manifests, too: they have no version, and name what they count in `data`.
ALTER TABLE events ALTER COLUMN declaration_id DROP NOT NULL, ALTER COLUMN version DROP NOT NULL,
  -- No reference: a manifest is dropped with its lines, and its events stay.
  ADD COLUMN manifest_id uuid,
  ADD CHECK (num_nonnulls(declaration_id, manifest_id) = 1 AND (declaration_id IS NULL) = (version IS NULL));
-- Tenths of its lines that were told of as answered.
ALTER TABLE manifests ADD COLUMN told_tenths integer NOT NULL DEFAULT 0;
-- The declaration or manifest that a message is about: messages about one go out in order.
ALTER TABLE webhook_deliveries RENAME COLUMN declaration_id TO about_id;

-- Down Migration
ALTER TABLE webhook_deliveries RENAME COLUMN about_id TO declaration_id;
ALTER TABLE manifests DROP COLUMN told_tenths;
ALTER TABLE events DISABLE TRIGGER events_append_only;
DELETE FROM event_queue q USING events e WHERE q.event_id = e.event_id AND e.manifest_id IS NOT NULL;
DELETE FROM event_feed f USING events e WHERE f.event_id = e.event_id AND e.manifest_id IS NOT NULL;
DELETE FROM webhook_deliveries d USING events e WHERE d.event_id = e.event_id AND e.manifest_id IS NOT NULL;
DELETE FROM events WHERE manifest_id IS NOT NULL;
ALTER TABLE events ENABLE TRIGGER events_append_only;
ALTER TABLE events DROP COLUMN manifest_id, ALTER COLUMN declaration_id SET NOT NULL, ALTER COLUMN version SET NOT NULL;
