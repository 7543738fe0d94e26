-- Up Migration

-- Public keys by which a broker's systems authenticate (private_key_jwt, RFC 7523): several at a time, so that they can be rotated.
CREATE TABLE client_keys (
  broker_id  uuid NOT NULL REFERENCES brokers,
  kid        text NOT NULL,
  -- Public members alone.
  jwk        jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz,
  PRIMARY KEY (broker_id, kid)
);

-- Each assertion counts once (RFC 7523 §3, jti); kept until it has expired.
CREATE TABLE client_assertions (
  broker_id  uuid NOT NULL REFERENCES brokers,
  jti_hash   bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (broker_id, jti_hash)
);
CREATE INDEX client_assertions_expired ON client_assertions (expires_at);

-- Down Migration
DROP TABLE client_assertions, client_keys;
