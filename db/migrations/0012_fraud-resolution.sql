-- Up Migration

-- What Customs found of a case, once; officer or operator, and their words, under the declaration's key (null once it is destroyed).
ALTER TABLE fraud_cases
  ADD COLUMN resolution text CHECK (resolution IN ('substantiated', 'unsubstantiated', 'withdrawn')),
  ADD COLUMN sealed_resolution bytea,
  ADD CONSTRAINT fraud_cases_resolved CHECK ((resolution IS NULL) = (resolved_at IS NULL));
CREATE INDEX fraud_cases_opened ON fraud_cases (opened_at DESC, case_id DESC);

-- Down Migration
DROP INDEX fraud_cases_opened;
ALTER TABLE fraud_cases DROP CONSTRAINT fraud_cases_resolved, DROP COLUMN sealed_resolution, DROP COLUMN resolution;
