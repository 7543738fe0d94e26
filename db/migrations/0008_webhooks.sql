-- Up Migration

-- Events that no broker can read yet: whoever records an event has queued it, in the same transaction. Ids are drawn before
-- a commit, so that reading on from the highest one would skip what commits late; a place in the feed is given after it.
CREATE TABLE event_queue (
  event_id bigint PRIMARY KEY
);
CREATE FUNCTION queue_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO event_queue (event_id) SELECT event_id FROM recorded;
  RETURN NULL;
END $$;
CREATE TRIGGER events_queued AFTER INSERT ON events REFERENCING NEW TABLE AS recorded
  FOR EACH STATEMENT EXECUTE FUNCTION queue_events();
INSERT INTO event_queue (event_id) SELECT event_id FROM events;

-- Each broker's events in the order in which it reads them, without gaps.
CREATE TABLE event_feed (
  broker_id  uuid NOT NULL REFERENCES brokers,
  position   bigint NOT NULL,
  event_id   bigint NOT NULL,
  -- What the broker knows it by, here and as `webhook-id`.
  message_id uuid NOT NULL,
  PRIMARY KEY (broker_id, position)
);
-- The last position given.
CREATE TABLE event_feeds (
  broker_id uuid PRIMARY KEY REFERENCES brokers,
  position  bigint NOT NULL
);

CREATE TABLE webhook_endpoints (
  endpoint_id   uuid PRIMARY KEY,
  broker_id     uuid NOT NULL REFERENCES brokers,
  -- {url, secrets: [{secret, until}]} under the endpoint's key; null once it was deleted
  sealed        bytea,
  -- Types told; null: all.
  events        text[],
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at    timestamptz,
  -- In a row, of whatever message.
  failures      integer NOT NULL DEFAULT 0,
  failing_since timestamptz,
  failure       text,
  http_status   integer,
  -- Nothing is sent, but one message when `probe_at` has come; null then: until the broker says so.
  paused_at     timestamptz,
  probe_at      timestamptz,
  CHECK ((sealed IS NULL) = (deleted_at IS NOT NULL))
);
CREATE INDEX webhook_endpoints_of_broker ON webhook_endpoints (broker_id) WHERE deleted_at IS NULL;

CREATE TABLE webhook_deliveries (
  endpoint_id    uuid NOT NULL REFERENCES webhook_endpoints,
  message_id     uuid NOT NULL,
  event_id       bigint NOT NULL,
  declaration_id uuid NOT NULL,
  status         text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'delivered', 'given-up')),
  -- Later ones of its declaration wait for it. Not when the broker asked for it once more.
  ordered        boolean NOT NULL DEFAULT true,
  attempts       integer NOT NULL DEFAULT 0,
  -- An attempt has begun, and counts as lost when `due_at` has come.
  under_way      boolean NOT NULL DEFAULT false,
  -- The next attempt.
  due_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at     timestamptz NOT NULL,
  failure        text,
  http_status    integer,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at    timestamptz,
  PRIMARY KEY (endpoint_id, message_id),
  CHECK ((finished_at IS NULL) = (status = 'waiting'))
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at) WHERE status = 'waiting';
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (endpoint_id, declaration_id, event_id)
  WHERE status = 'waiting' AND ordered;
CREATE INDEX webhook_deliveries_expiry ON webhook_deliveries (expires_at) WHERE status = 'waiting';
CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (finished_at) WHERE status <> 'waiting';

-- Down Migration
DROP TABLE webhook_deliveries, webhook_endpoints, event_feeds, event_feed;
DROP TRIGGER events_queued ON events;
DROP FUNCTION queue_events;
DROP TABLE event_queue;
