-- Up Migration

-- People of a broker who use its console.
CREATE TABLE broker_users (
  user_id        uuid PRIMARY KEY,
  broker_id      uuid NOT NULL REFERENCES brokers,
  role           text NOT NULL CHECK (role IN ('admin', 'member')),
  -- {name} under the user's own key: what colleagues tell them by.
  sealed         bytea NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  -- Null while only invited.
  joined_at      timestamptz,
  deactivated_at timestamptz
);
CREATE INDEX broker_users_of_broker ON broker_users (broker_id, user_id);

-- A user's one invitation: used once, and replaced by a newer one.
CREATE TABLE console_invitations (
  user_id    uuid PRIMARY KEY REFERENCES broker_users,
  -- SHA-256 of the link's secret.
  token_hash bytea NOT NULL UNIQUE,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);

-- As `challenges`, for the console's own users.
CREATE TABLE console_challenges (
  challenge_hash bytea PRIMARY KEY,
  kind           text NOT NULL CHECK (kind IN ('login', 'passkey')),
  -- Whose passkey is to be made.
  user_id        uuid REFERENCES broker_users,
  expires_at     timestamptz NOT NULL,
  spent_at       timestamptz,
  CHECK ((kind = 'passkey') = (user_id IS NOT NULL))
);
CREATE INDEX console_challenges_expiry ON console_challenges (expires_at);

CREATE TABLE console_passkeys (
  credential_id bytea PRIMARY KEY,
  user_id       uuid NOT NULL REFERENCES broker_users,
  public_key    bytea NOT NULL,
  sign_count    bigint NOT NULL,
  transports    text[] NOT NULL DEFAULT '{}',
  backed_up     boolean NOT NULL,
  -- Coarse name of the device.
  label         text,
  created_at    timestamptz NOT NULL DEFAULT now(),
  last_used_at  timestamptz
);
CREATE INDEX console_passkeys_of_user ON console_passkeys (user_id);

CREATE TABLE console_sessions (
  -- SHA-256 of the cookie.
  session_hash  bytea PRIMARY KEY,
  session_id    uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
  user_id       uuid NOT NULL REFERENCES broker_users,
  credential_id bytea NOT NULL REFERENCES console_passkeys ON DELETE CASCADE,
  label         text,
  login_at      timestamptz NOT NULL DEFAULT now(),
  -- Of the last thing that the person did; looks that the page takes by itself do not count.
  seen_at       timestamptz NOT NULL DEFAULT now(),
  expires_at    timestamptz NOT NULL
);
CREATE INDEX console_sessions_of_user ON console_sessions (user_id);
CREATE INDEX console_sessions_of_credential ON console_sessions (credential_id);
CREATE INDEX console_sessions_expiry ON console_sessions (expires_at);

-- Who changed what through the console; in the transaction of the change.
CREATE TABLE console_acts (
  act_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  broker_id      uuid NOT NULL REFERENCES brokers,
  -- Null: an operator of ours.
  user_id        uuid REFERENCES broker_users,
  kind           text NOT NULL,
  declaration_id uuid REFERENCES declarations,
  proposal_id    uuid REFERENCES proposals,
  about_user_id  uuid REFERENCES broker_users,
  at             timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX console_acts_of_broker ON console_acts (broker_id, act_id DESC);
CREATE INDEX console_acts_of_declaration ON console_acts (declaration_id, act_id DESC) WHERE declaration_id IS NOT NULL;
CREATE TRIGGER console_acts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON console_acts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What brokers see their work by; no personal data. Null for what was declared before this migration.
ALTER TABLE declaration_versions ADD COLUMN flight text, ADD COLUMN import_date date;
ALTER TABLE declarations ADD COLUMN flight text, ADD COLUMN import_date date;
CREATE INDEX declarations_of_flight ON declarations (broker_id, import_date, flight) WHERE import_date IS NOT NULL;

-- Down Migration
DROP INDEX declarations_of_flight;
ALTER TABLE declarations DROP COLUMN import_date, DROP COLUMN flight;
ALTER TABLE declaration_versions DROP COLUMN import_date, DROP COLUMN flight;
DROP TABLE console_acts, console_sessions, console_passkeys, console_challenges, console_invitations, broker_users;
