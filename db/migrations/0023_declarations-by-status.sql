-- Up Migration

-- A broker's lists by any status: one that is rare among what has ended would else be looked for through all of its history.
CREATE INDEX declarations_of_broker_status ON declarations (broker_id, status, declaration_id DESC);
DROP INDEX declarations_of_broker_open;

-- Down Migration
CREATE INDEX declarations_of_broker_open ON declarations (broker_id, status, declaration_id DESC) WHERE NOT finished;
DROP INDEX declarations_of_broker_status;
