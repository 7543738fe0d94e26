-- Up Migration

-- Of the sealed evidence, what a receipt tells: digests, and how the person was verified when they answered. No personal data.
ALTER TABLE consents ADD COLUMN receipt_facts jsonb;

-- SHA-256 of the receipt's JWS.
ALTER TABLE version_outcomes ADD COLUMN receipt_hash bytea;

-- The registration that proved a binding last.
CREATE INDEX registrations_of_subject ON registrations (subject_id, updated_at DESC) WHERE status = 'bound';

-- Down Migration
DROP INDEX registrations_of_subject;
ALTER TABLE version_outcomes DROP COLUMN receipt_hash;
ALTER TABLE consents DROP COLUMN receipt_facts;
