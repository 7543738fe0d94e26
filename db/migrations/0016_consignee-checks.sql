-- Up Migration

-- Names that brokers tried with a phone, for a day: so that nobody finds out whose it is by trying.
CREATE TABLE consignee_checks (
  broker_id   uuid NOT NULL REFERENCES brokers,
  phone_index bytea NOT NULL,
  -- Blind index of the name as compared.
  name_index  bytea NOT NULL,
  at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (phone_index, broker_id, name_index)
);
CREATE INDEX consignee_checks_age ON consignee_checks (at);

-- Down Migration
DROP TABLE consignee_checks;
