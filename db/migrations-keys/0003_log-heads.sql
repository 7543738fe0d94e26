-- Up Migration

-- The second copy of what the transparency log has signed last: where the main database says otherwise, it was set back
-- or rewritten.
CREATE TABLE log_heads (
  -- Of the log (C2SP tlog-checkpoint).
  origin     text PRIMARY KEY,
  tree_size  bigint NOT NULL,
  root       bytea NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Down Migration
DROP TABLE log_heads;
