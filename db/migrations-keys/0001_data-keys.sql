-- Up Migration

-- One wrapped data key per record. Apart from the main tables, so that a dump of those cannot be read once a key is gone.
CREATE TABLE data_keys (
  key_id     uuid PRIMARY KEY,
  kind       text NOT NULL CHECK (kind IN ('registration', 'identity', 'declaration')),
  wrapped    bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Found to belong to a row; a key whose row never came is destroyed instead.
  checked_at timestamptz
);
CREATE INDEX data_keys_unchecked ON data_keys (created_at) WHERE checked_at IS NULL;

-- Down Migration
DROP TABLE data_keys;
