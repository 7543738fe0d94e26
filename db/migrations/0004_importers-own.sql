-- Up Migration

-- Devices: a coarse name of each ("Chrome, Android", from a fixed table), and which passkey a session and a push
-- subscription came with: they end with it.
ALTER TABLE passkeys ADD COLUMN label text;
ALTER TABLE sessions
  -- Its public name; the hash stays what it is: a secret's.
  ADD COLUMN session_id    uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
  ADD COLUMN credential_id bytea REFERENCES passkeys ON DELETE CASCADE,
  ADD COLUMN label         text;
CREATE INDEX sessions_of_credential ON sessions (credential_id);
ALTER TABLE push_subscriptions ADD COLUMN credential_id bytea REFERENCES passkeys ON DELETE CASCADE;
CREATE INDEX push_subscriptions_of_credential ON push_subscriptions (credential_id);

-- "That was not me": said instead of an answer (`repudiated`), or after a confirmation (`reported`).
CREATE TABLE fraud_cases (
  case_id        uuid PRIMARY KEY,
  declaration_id uuid NOT NULL,
  version        integer NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('reported', 'repudiated')),
  subject_id     uuid NOT NULL REFERENCES identities,
  -- The person's words, under the declaration's key.
  sealed_note    bytea,
  opened_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  resolved_at    timestamptz,
  -- Twice at once, or said again: one case.
  UNIQUE (declaration_id, kind),
  FOREIGN KEY (declaration_id, version) REFERENCES declaration_versions
);
CREATE INDEX fraud_cases_of_subject ON fraud_cases (subject_id, opened_at DESC);
CREATE INDEX fraud_cases_open ON fraud_cases (opened_at) WHERE resolved_at IS NULL;

-- Who of Customs looked at which POA: shown to the person.
CREATE TABLE lookups (
  lookup_id      uuid PRIMARY KEY,
  declaration_id uuid NOT NULL,
  version        integer NOT NULL,
  -- Whom that version was shown to; nobody, where it never was.
  subject_id     uuid,
  at             timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- {officer?, reason?} under the declaration's key
  sealed         bytea,
  FOREIGN KEY (declaration_id, version) REFERENCES declaration_versions
);
CREATE INDEX lookups_of_subject ON lookups (subject_id, at DESC) WHERE subject_id IS NOT NULL;
CREATE TRIGGER lookups_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lookups
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Customs looks up what was decided when.
CREATE INDEX version_outcomes_decided ON version_outcomes (decided_at DESC, outcome_id DESC)
  WHERE set_aside_at IS NULL AND outcome <> 'superseded';

-- Whether anything of a person changed, asked every second for those who look.
CREATE INDEX declarations_of_subject ON declarations (subject_id, updated_at DESC) WHERE subject_id IS NOT NULL;

-- Down Migration
DROP INDEX declarations_of_subject, version_outcomes_decided;
DROP TABLE lookups, fraud_cases;
ALTER TABLE push_subscriptions DROP COLUMN credential_id;
ALTER TABLE sessions DROP COLUMN label, DROP COLUMN credential_id, DROP COLUMN session_id;
ALTER TABLE passkeys DROP COLUMN label;
