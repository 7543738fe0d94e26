-- Up Migration

-- Outcomes whose receipt is not in the log yet. Outcome ids are UUIDv7: their order is the order of settling.
CREATE TABLE log_queue (
  outcome_id uuid PRIMARY KEY,
  queued_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Why no leaf could be made of it; it is tried again later.
  refused    text CHECK (refused IN ('missing', 'shredded', 'unreadable')),
  refused_at timestamptz
);

-- Settling waits for nothing: whoever inserts an outcome with a receipt has queued it.
CREATE FUNCTION queue_for_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log_queue (outcome_id) VALUES (NEW.outcome_id);
  RETURN NULL;
END $$;
CREATE TRIGGER version_outcomes_logged AFTER INSERT ON version_outcomes
  FOR EACH ROW WHEN (NEW.sealed_report IS NOT NULL) EXECUTE FUNCTION queue_for_log();
INSERT INTO log_queue (outcome_id) SELECT outcome_id FROM version_outcomes WHERE sealed_report IS NOT NULL;

-- The entries, one per outcome. No foreign key: the log outlives what it is about, and an audit looks for what is missing.
CREATE TABLE log_leaves (
  leaf_index  bigint PRIMARY KEY CHECK (leaf_index >= 0),
  outcome_id  uuid NOT NULL UNIQUE,
  -- domain/log-entry.ts
  entry       bytea NOT NULL CHECK (length(entry) = 33),
  -- The entry's salt under the declaration's key: without that key nobody can tell what the entry is about.
  sealed_salt bytea NOT NULL
);

-- Hashes of the tree, up to 256 of 32 bytes a row (C2SP tlog-tiles); only the last tile of a level is ever rewritten.
CREATE TABLE log_tiles (
  level      smallint NOT NULL,
  tile_index bigint NOT NULL,
  hashes     bytea NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
  PRIMARY KEY (level, tile_index)
);
-- Hashes do not compress.
ALTER TABLE log_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE log_checkpoints (
  tree_size    bigint PRIMARY KEY CHECK (tree_size >= 0),
  root         bytea NOT NULL CHECK (length(root) = 32),
  -- Signed by the log (C2SP tlog-checkpoint).
  note         text NOT NULL,
  signed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Since when it is shown: once the second copy, in the key store's database, knows of it.
  published_at timestamptz
);
CREATE INDEX log_checkpoints_age ON log_checkpoints (signed_at);

-- Lines that witnesses add to a checkpoint (C2SP tlog-cosignature).
CREATE TABLE log_cosignatures (
  tree_size   bigint NOT NULL REFERENCES log_checkpoints,
  key_name    text NOT NULL,
  key_id      text NOT NULL,
  -- When the witness says that it signed.
  signed_at   timestamptz NOT NULL,
  line        text NOT NULL,
  PRIMARY KEY (tree_size, key_name, key_id)
);

-- The log does not hold together: nothing is appended while a row is open.
CREATE TABLE log_alarms (
  alarm_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind           text NOT NULL,
  detail         text NOT NULL,
  -- A checkpoint that the log signed and the database does not know, when a witness brought one.
  contradiction  text,
  raised_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  resumed_at     timestamptz,
  resumed_by     text,
  resumed_reason text
);
CREATE UNIQUE INDEX log_alarms_one ON log_alarms ((true)) WHERE resumed_at IS NULL;

CREATE TRIGGER log_leaves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_leaves
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Down Migration
DROP TRIGGER version_outcomes_logged ON version_outcomes;
DROP FUNCTION queue_for_log;
DROP TABLE log_alarms, log_cosignatures, log_checkpoints, log_tiles, log_leaves, log_queue;
