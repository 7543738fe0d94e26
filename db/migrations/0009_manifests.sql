-- Up Migration

-- Many declarations, or corrections of some, in one upload. Its data key (key id = manifest_id) seals its lines until each is
-- a declaration under a key of its own, and the problems of those that are not.
CREATE TABLE manifests (
  manifest_id     uuid PRIMARY KEY,
  broker_id       uuid NOT NULL REFERENCES brokers,
  kind            text NOT NULL CHECK (kind IN ('declarations', 'corrections')),
  -- Null once it counts no more.
  idempotency_key text,
  -- HMAC-SHA-256 of the whole body under the data key, once it is here: the same key with another body is told apart.
  digest          bytea,
  -- `receiving`: the upload has not come to its end, and makes nothing yet.
  status          text NOT NULL DEFAULT 'receiving' CHECK (status IN ('receiving', 'received', 'taking', 'completed')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  received_at     timestamptz,
  completed_at    timestamptz,
  visited_at      timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX manifests_key ON manifests (broker_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX manifests_of_broker ON manifests (broker_id, manifest_id DESC);
CREATE INDEX manifests_open ON manifests (broker_id, manifest_id) WHERE status IN ('received', 'taking');
CREATE INDEX manifests_receiving ON manifests (visited_at) WHERE status = 'receiving';
CREATE INDEX manifests_keys_age ON manifests (created_at) WHERE idempotency_key IS NOT NULL;

CREATE TABLE manifest_lines (
  manifest_id    uuid NOT NULL REFERENCES manifests ON DELETE CASCADE,
  -- As the broker counts them: from 1, blank ones too.
  line           integer NOT NULL,
  -- HMAC-SHA-256 of its bytes under the data key: an upload that is sent again is known line by line.
  digest         bytea NOT NULL,
  -- `done`: its declaration is there, but its process may not run yet.
  status         text NOT NULL CHECK (status IN ('waiting', 'done', 'started', 'rejected')),
  -- What a good line will be, or is.
  declaration_id uuid,
  -- The amendment that a correction asked for.
  proposal_id    uuid REFERENCES proposals,
  master_waybill text,
  house_waybill  text,
  -- Until it is a declaration: whose parcel it is, for asking about several at once.
  phone_index    bytea,
  -- The order in which lines are taken, once all are here: parcels of one consignee together, repeated waybills last.
  place          integer,
  -- Another line is for the same consignee: they are told of all at once.
  told_together  boolean NOT NULL DEFAULT false,
  -- What was sent, while it waits; the problem of one that was rejected; then nothing.
  sealed         bytea,
  PRIMARY KEY (manifest_id, line)
);
CREATE INDEX manifest_lines_open ON manifest_lines (manifest_id, place) WHERE status IN ('waiting', 'done');
CREATE INDEX manifest_lines_of_declaration ON manifest_lines (declaration_id) WHERE declaration_id IS NOT NULL;

-- Down Migration
DROP TABLE manifest_lines, manifests;
