-- Up Migration

ALTER TABLE declarations
  -- When its process ended: Customs has the outcome that stands, and nothing can be amended any more.
  ADD COLUMN ended_at timestamptz,
  -- Its sealed columns are empty since then; its data key is destroyed next.
  ADD COLUMN purge_started_at timestamptz,
  ADD COLUMN purged_at timestamptz,
  ADD CHECK (purge_started_at IS NULL OR ended_at IS NOT NULL),
  ADD CHECK (purged_at IS NULL OR purge_started_at IS NOT NULL);
UPDATE declarations SET ended_at = updated_at WHERE finished;
CREATE INDEX declarations_kept ON declarations (ended_at) WHERE ended_at IS NOT NULL AND purge_started_at IS NULL;
CREATE INDEX declarations_purging ON declarations (purge_started_at)
  WHERE purge_started_at IS NOT NULL AND purged_at IS NULL;

-- What a purge empties (db/retention/columns.ts).
ALTER TABLE declaration_versions ALTER COLUMN sealed DROP NOT NULL;
ALTER TABLE contexts ALTER COLUMN sealed DROP NOT NULL;
ALTER TABLE lodgements ALTER COLUMN sealed DROP NOT NULL;
ALTER TABLE consents ALTER COLUMN sealed DROP NOT NULL;
ALTER TABLE registrations ALTER COLUMN sealed DROP NOT NULL;
ALTER TABLE authorizations ALTER COLUMN sealed DROP NOT NULL;
ALTER TABLE identities ALTER COLUMN sealed DROP NOT NULL, ALTER COLUMN verification DROP NOT NULL;
-- An answer of before SIM checks can be purged, too.
ALTER TABLE consents DROP CONSTRAINT consents_checked;
ALTER TABLE consents ADD CONSTRAINT consents_checked
  CHECK (decision <> 'confirmed' OR verdict <> 'accepted' OR sim_check IS NOT NULL OR sealed IS NULL) NOT VALID;
CREATE INDEX consents_of_declaration ON consents (declaration_id);
CREATE INDEX version_outcomes_of_declaration ON version_outcomes (declaration_id);
CREATE INDEX proposals_of_declaration ON proposals (declaration_id);

-- Nothing is purged while somebody holds it.
CREATE TABLE holds (
  hold_id        uuid PRIMARY KEY,
  declaration_id uuid NOT NULL REFERENCES declarations,
  -- Each holds it once at a time, and releases its own hold only.
  holder         text NOT NULL CHECK (holder IN ('customs', 'operator')),
  placed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  released_at    timestamptz,
  -- {officer, reason} under the declaration's key
  sealed         bytea,
  sealed_release bytea
);
CREATE INDEX holds_of_declaration ON holds (declaration_id);
CREATE UNIQUE INDEX holds_one ON holds (declaration_id, holder) WHERE released_at IS NULL;

-- What each run of the purge did.
CREATE TABLE retention_runs (
  run_id   uuid PRIMARY KEY,
  -- A POA was kept for so many.
  months   integer NOT NULL,
  begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Null: it goes on, or did not come to its end.
  ended_at timestamptz,
  poas     integer NOT NULL DEFAULT 0,
  people   integer NOT NULL DEFAULT 0
);
CREATE INDEX retention_runs_begun ON retention_runs (begun_at);

-- Down Migration
DROP TABLE retention_runs, holds;
DROP INDEX proposals_of_declaration, version_outcomes_of_declaration, consents_of_declaration;
ALTER TABLE consents DROP CONSTRAINT consents_checked;
ALTER TABLE consents ADD CONSTRAINT consents_checked
  CHECK (decision <> 'confirmed' OR verdict <> 'accepted' OR sim_check IS NOT NULL) NOT VALID;
DROP INDEX declarations_purging, declarations_kept;
ALTER TABLE declarations DROP COLUMN purged_at, DROP COLUMN purge_started_at, DROP COLUMN ended_at;
