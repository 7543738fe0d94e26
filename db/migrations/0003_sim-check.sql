-- Up Migration

-- What the operator said about the SIM of a confirmation before it was settled: no personal data.
ALTER TABLE consents ADD COLUMN sim_check jsonb;
-- The operator gave no answer: until then the process itself asks again, and nobody has to remind it.
ALTER TABLE consents ADD COLUMN held_until timestamptz;
-- No confirmation counts unchecked. (Those of before this rule are left as they are.)
ALTER TABLE consents ADD CONSTRAINT consents_checked
  CHECK (decision <> 'confirmed' OR verdict <> 'accepted' OR sim_check IS NOT NULL) NOT VALID;
DROP INDEX consents_undelivered;
CREATE INDEX consents_undelivered ON consents ((coalesce(held_until, created_at))) WHERE verdict = 'pending';

-- What operators of ours did to an identity. (What a SIM check did stands with its consent.)
CREATE TABLE suspensions (
  suspension_id uuid PRIMARY KEY,
  subject_id    uuid NOT NULL REFERENCES identities,
  action        text NOT NULL CHECK (action IN ('suspended', 'reinstated')),
  operator      text NOT NULL,
  reason        text NOT NULL,
  at            timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX suspensions_of_subject ON suspensions (subject_id, at);
CREATE TRIGGER suspensions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON suspensions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Down Migration
DROP TABLE suspensions;
DROP INDEX consents_undelivered;
CREATE INDEX consents_undelivered ON consents (created_at) WHERE verdict = 'pending';
ALTER TABLE consents DROP CONSTRAINT consents_checked, DROP COLUMN held_until, DROP COLUMN sim_check;
