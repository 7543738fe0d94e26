-- Up Migration

-- `sealed` columns: AES-256-GCM under the data key of the record (key id = the record's id), associated data = table,
-- row and column. `*_index` columns: HMAC-SHA-256 blind indexes. Everything else here holds no personal data.

CREATE TABLE brokers (
  broker_id   uuid PRIMARY KEY,
  client_id   text NOT NULL UNIQUE,
  name        text NOT NULL,
  box_number  text NOT NULL UNIQUE,
  -- SHA-256: the secret is 256 random bits, so a slow hash would protect nothing.
  secret_hash bytea NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  revoked_at  timestamptz
);

-- Registration (R1–R4) ------------------------------------------------------------------------------------------

CREATE TABLE registrations (
  registration_id     uuid PRIMARY KEY,
  status              text NOT NULL CHECK (status IN
                        ('awaiting_telecom', 'verifying', 'binding', 'bound', 'refused', 'abandoned')),
  reason              text,
  id_index            bytea,
  phone_index         bytea,
  -- {idNumber, idType, name, birthDate, phone}
  sealed              bytea NOT NULL,
  operator            text NOT NULL,
  locale              text NOT NULL,
  notice_version      text NOT NULL,
  -- SHA-256 of the cookie of the browser that began it.
  browser_hash        bytea NOT NULL,
  -- Results as the operator gave them: {apiVersion, result, correlator, at}; no personal data.
  number_verification jsonb,
  kyc_match           jsonb,
  -- The person, from R3's success on; an earlier binding's subject when this is a recovery.
  subject_id          uuid,
  recovery            boolean NOT NULL DEFAULT false,
  file_number         text,
  first_read_bound_at timestamptz,
  epoch               integer NOT NULL DEFAULT 0,
  step                integer NOT NULL DEFAULT 0,
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now(),
  visited_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX registrations_open ON registrations (visited_at)
  WHERE status IN ('awaiting_telecom', 'verifying', 'binding');
CREATE INDEX registrations_ended ON registrations (updated_at) WHERE status IN ('refused', 'abandoned');

-- One try at the operator's authorization (OIDC, PKCE).
CREATE TABLE authorizations (
  authorization_id uuid PRIMARY KEY,
  registration_id  uuid NOT NULL REFERENCES registrations,
  state_hash       bytea NOT NULL UNIQUE,
  -- {nonce, verifier, code?, accessToken?} under the registration's key
  sealed           bytea NOT NULL,
  status           text NOT NULL DEFAULT 'issued' CHECK (status IN ('issued', 'received', 'failed', 'spent')),
  error            text,
  created_at       timestamptz NOT NULL DEFAULT now(),
  expires_at       timestamptz NOT NULL,
  received_at      timestamptz
);
CREATE INDEX authorizations_of_registration ON authorizations (registration_id, created_at DESC);
CREATE INDEX authorizations_undelivered ON authorizations (received_at) WHERE status IN ('received', 'failed');

-- One phone, one identity: the unique keys decide between two registrations at once.
CREATE TABLE identities (
  subject_id        uuid PRIMARY KEY,
  registration_id   uuid NOT NULL REFERENCES registrations,
  id_index          bytea,
  phone_index       bytea,
  -- {idNumber, idType, name, birthDate, phone}
  sealed            bytea NOT NULL,
  -- {operator, method, correlator, verifiedAt}
  verification      jsonb NOT NULL,
  file_number       text,
  created_at        timestamptz NOT NULL DEFAULT now(),
  -- Null while Customs' database file is being set up: nothing is answered by such an identity.
  bound_at          timestamptz,
  frozen_at         timestamptz,
  suspended_at      timestamptz,
  suspension_reason text,
  ended_at          timestamptz
);
CREATE UNIQUE INDEX identities_id ON identities (id_index) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX identities_phone ON identities (phone_index) WHERE ended_at IS NULL;

-- The importer's devices ------------------------------------------------------------------------------------------

CREATE TABLE passkeys (
  credential_id   bytea PRIMARY KEY,
  subject_id      uuid NOT NULL,
  registration_id uuid NOT NULL REFERENCES registrations,
  public_key      bytea NOT NULL,
  sign_count      bigint NOT NULL,
  transports      text[] NOT NULL DEFAULT '{}',
  backed_up       boolean NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  last_used_at    timestamptz
);
CREATE INDEX passkeys_of_subject ON passkeys (subject_id);

CREATE TABLE sessions (
  -- SHA-256 of the cookie.
  session_hash    bytea PRIMARY KEY,
  subject_id      uuid NOT NULL,
  registration_id uuid REFERENCES registrations,
  -- Login with a passkey (its creation counts).
  login_at        timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz NOT NULL
);
CREATE INDEX sessions_of_subject ON sessions (subject_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE challenges (
  -- SHA-256 of the challenge.
  challenge_hash  bytea PRIMARY KEY,
  kind            text NOT NULL CHECK (kind IN ('login', 'passkey', 'decision')),
  subject_id      uuid,
  registration_id uuid,
  declaration_id  uuid,
  -- What a decision's challenge was made from (`SignedAct`): digests and ids, no personal data.
  act             jsonb,
  locale          text,
  expires_at      timestamptz NOT NULL,
  spent_at        timestamptz
);
CREATE INDEX challenges_expiry ON challenges (expires_at);

CREATE TABLE push_subscriptions (
  subscription_id uuid PRIMARY KEY,
  subject_id      uuid NOT NULL REFERENCES identities,
  endpoint_hash   bytea NOT NULL,
  -- The PushSubscription under the identity's key.
  sealed          bytea NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (subject_id, endpoint_hash)
);

-- Declarations and their POA (P1–P5) --------------------------------------------------------------------------

CREATE TABLE declarations (
  declaration_id       uuid PRIMARY KEY,
  broker_id            uuid NOT NULL REFERENCES brokers,
  poa_order            text NOT NULL CHECK (poa_order IN ('declare-first', 'consent-first', 'customs-started')),
  functional_reference text NOT NULL,
  master_waybill       text NOT NULL,
  house_waybill        text NOT NULL,
  declaration_number   text,
  status               text NOT NULL DEFAULT 'received' CHECK (status IN
    ('received', 'lodging', 'awaiting_context', 'awaiting_registration', 'needs_correction', 'awaiting_importer',
     'reporting', 'needs_attention', 'confirmed', 'declined', 'repudiated', 'expired', 'unregistered', 'cancelled')),
  -- The version in force.
  version              integer NOT NULL DEFAULT 1,
  digest               text NOT NULL,
  respond_by           timestamptz NOT NULL,
  phone_index          bytea,
  -- The person asked about the version in force: the binding pinned at notify.
  subject_id           uuid REFERENCES identities,
  asked_at             timestamptz,
  -- [{pointer, code, detail}] while needs_correction
  sealed_problems      bytea,
  -- Why an operator is needed, a code.
  attention            text,
  -- A declined declaration can be amended until then.
  open_until           timestamptz,
  -- Whether (broker, master, house) is taken by this row.
  waybill_taken        boolean NOT NULL DEFAULT true,
  -- The same waybills are open at another broker: shown to operators, told to Customs in the receipt.
  waybill_elsewhere    boolean NOT NULL DEFAULT false,
  finished             boolean NOT NULL DEFAULT false,
  epoch                integer NOT NULL DEFAULT 0,
  step                 integer NOT NULL DEFAULT 0,
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now(),
  visited_at           timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX declarations_waybill ON declarations (broker_id, master_waybill, house_waybill) WHERE waybill_taken;
CREATE INDEX declarations_of_broker ON declarations (broker_id, declaration_id DESC);
-- A broker's lists by an open status, and since its last look.
CREATE INDEX declarations_of_broker_open ON declarations (broker_id, status, declaration_id DESC) WHERE NOT finished;
CREATE INDEX declarations_of_broker_updated ON declarations (broker_id, updated_at);
CREATE INDEX declarations_house ON declarations (house_waybill, master_waybill);
CREATE INDEX declarations_number ON declarations (declaration_number, broker_id) WHERE declaration_number IS NOT NULL;
-- What Customs sent twice at once is one declaration.
CREATE UNIQUE INDEX declarations_customs_number ON declarations (declaration_number) WHERE poa_order = 'customs-started';
CREATE INDEX declarations_reference ON declarations (broker_id, functional_reference);
CREATE INDEX declarations_waiting ON declarations (phone_index) WHERE status = 'awaiting_registration';
CREATE INDEX declarations_inbox ON declarations (subject_id, respond_by) WHERE status = 'awaiting_importer';
CREATE INDEX declarations_open ON declarations (visited_at) WHERE NOT finished;
CREATE INDEX declarations_acting ON declarations (visited_at) WHERE status IN ('received', 'lodging', 'reporting');
CREATE INDEX declarations_deadline ON declarations (respond_by)
  WHERE status IN ('received', 'lodging', 'awaiting_context', 'awaiting_registration', 'needs_correction', 'awaiting_importer');

CREATE TABLE declaration_versions (
  declaration_id uuid NOT NULL REFERENCES declarations,
  version        integer NOT NULL,
  digest         text NOT NULL,
  respond_by     timestamptz NOT NULL,
  phone_index    bytea,
  -- Columns of `declarations` once this version is in force.
  functional_reference text NOT NULL,
  master_waybill       text NOT NULL,
  house_waybill        text NOT NULL,
  -- {submitted, canonical}: as the broker wrote it, and the exact bytes that the digest is of
  sealed         bytea NOT NULL,
  state          text NOT NULL CHECK (state IN ('proposed', 'in-force', 'superseded', 'refused')),
  -- Whom it was shown to, and since when.
  shown_to       uuid,
  shown_at       timestamptz,
  created_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (declaration_id, version)
);
CREATE INDEX declaration_versions_shown ON declaration_versions (shown_to, shown_at DESC) WHERE shown_to IS NOT NULL;

-- What Customs says it holds (P2).
CREATE TABLE contexts (
  declaration_id     uuid NOT NULL,
  version            integer NOT NULL,
  digest             text NOT NULL,
  declaration_number text NOT NULL,
  -- Its canonical form.
  sealed             bytea NOT NULL,
  received_at        timestamptz NOT NULL DEFAULT now(),
  -- When the process took it up.
  taken_at           timestamptz,
  PRIMARY KEY (declaration_id, version),
  FOREIGN KEY (declaration_id, version) REFERENCES declaration_versions
);
CREATE INDEX contexts_undelivered ON contexts (received_at) WHERE taken_at IS NULL;

-- Every act of lodging with Customs (P1), before it is sent; an answer ends it.
CREATE TABLE lodgements (
  declaration_id uuid NOT NULL,
  version        integer NOT NULL,
  function_code  text NOT NULL CHECK (function_code IN ('9', '5', '1')),
  attempt        integer NOT NULL,
  -- The exact body sent.
  sealed         bytea NOT NULL,
  -- `replaced`: accepted, then an operator had it lodged again.
  result         text CHECK (result IN ('accepted', 'refused', 'replaced')),
  created_at     timestamptz NOT NULL DEFAULT now(),
  answered_at    timestamptz,
  PRIMARY KEY (declaration_id, version, function_code, attempt),
  FOREIGN KEY (declaration_id, version) REFERENCES declaration_versions
);

-- Changes asked for and not yet judged by the process: `proposal_id` is the id of its Update.
CREATE TABLE proposals (
  proposal_id    uuid PRIMARY KEY,
  declaration_id uuid NOT NULL REFERENCES declarations,
  kind           text NOT NULL CHECK (kind IN ('amendment', 'cancellation', 'retry')),
  -- The version proposed, for an amendment.
  version        integer,
  reason         text,
  sealed_note    bytea,
  verdict        text NOT NULL DEFAULT 'pending' CHECK (verdict IN ('pending', 'accepted', 'refused')),
  code           text,
  created_at     timestamptz NOT NULL DEFAULT now(),
  judged_at      timestamptz
);
CREATE UNIQUE INDEX proposals_one_pending ON proposals (declaration_id) WHERE verdict = 'pending';
CREATE INDEX proposals_undelivered ON proposals (created_at) WHERE verdict = 'pending';

CREATE TABLE consents (
  consent_id     uuid PRIMARY KEY,
  declaration_id uuid NOT NULL,
  version        integer NOT NULL,
  digest         text NOT NULL,
  subject_id     uuid NOT NULL REFERENCES identities,
  decision       text NOT NULL CHECK (decision IN ('confirmed', 'declined', 'repudiated')),
  reason         text,
  lines          integer[],
  credential_id  bytea NOT NULL,
  -- SHA-256 of the assertion: the same one again is the same consent.
  assertion_hash bytea NOT NULL UNIQUE,
  -- {note?, act, notice, credentialPublicKey, authenticatorData, clientDataJSON, signature}
  sealed         bytea NOT NULL,
  verdict        text NOT NULL DEFAULT 'pending' CHECK (verdict IN ('pending', 'accepted', 'refused', 'void')),
  code           text,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  judged_at      timestamptz,
  FOREIGN KEY (declaration_id, version) REFERENCES declaration_versions
);
CREATE UNIQUE INDEX consents_one_live ON consents (declaration_id, version) WHERE verdict IN ('pending', 'accepted');
CREATE INDEX consents_undelivered ON consents (created_at) WHERE verdict = 'pending';
CREATE INDEX consents_of_subject ON consents (subject_id, created_at DESC);

-- How each version ended. One row among those not set aside.
CREATE TABLE version_outcomes (
  outcome_id             uuid PRIMARY KEY,
  declaration_id         uuid NOT NULL,
  version                integer NOT NULL,
  outcome                text NOT NULL CHECK (outcome IN
    ('confirmed', 'declined', 'repudiated', 'expired', 'unregistered', 'cancelled', 'superseded')),
  consent_id             uuid REFERENCES consents,
  source                 text NOT NULL DEFAULT 'consentry' CHECK (source IN ('consentry', 'customs')),
  reason                 text,
  decided_at             timestamptz NOT NULL,
  -- The exact bytes of the report to Customs, receipt included; sent by every attempt.
  sealed_report          bytea,
  acknowledgement_number text,
  acknowledged_at        timestamptz,
  set_aside_at           timestamptz,
  set_aside_by           text,
  set_aside_reason       text,
  FOREIGN KEY (declaration_id, version) REFERENCES declaration_versions,
  CHECK (acknowledged_at IS NULL OR set_aside_at IS NULL)
);
CREATE UNIQUE INDEX version_outcomes_one ON version_outcomes (declaration_id, version) WHERE set_aside_at IS NULL;

-- An operator's word on a process that needs attention: `resolution_id` is the id of its Update.
CREATE TABLE resolutions (
  resolution_id          uuid PRIMARY KEY,
  declaration_id         uuid NOT NULL REFERENCES declarations,
  action                 text NOT NULL CHECK (action IN ('retry', 'accept-customs', 'correct')),
  -- For accept-customs: what Customs holds.
  outcome                text,
  acknowledgement_number text,
  operator               text NOT NULL,
  reason                 text NOT NULL,
  verdict                text NOT NULL DEFAULT 'pending' CHECK (verdict IN ('pending', 'accepted', 'refused')),
  code                   text,
  created_at             timestamptz NOT NULL DEFAULT now(),
  judged_at              timestamptz
);
CREATE INDEX resolutions_undelivered ON resolutions (created_at) WHERE verdict = 'pending';
CREATE INDEX resolutions_judged ON resolutions (judged_at) WHERE judged_at IS NOT NULL;

-- One row precedes each sending; its id is the SMS's idempotency key and the push's Topic.
CREATE TABLE notifications (
  notification_id uuid PRIMARY KEY,
  declaration_id  uuid REFERENCES declarations,
  version         integer NOT NULL DEFAULT 0,
  -- Subject id, or hex of the phone's blind index.
  recipient       text NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('ask', 'reminder', 'withdrawn', 'sms', 'invitation', 'recovered')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  sent_at         timestamptz,
  -- No working channel took it.
  failed_at       timestamptz,
  displayed_at    timestamptz,
  UNIQUE (declaration_id, version, recipient, kind)
);
CREATE INDEX notifications_invitations ON notifications (recipient, created_at DESC) WHERE kind = 'invitation';

CREATE TABLE events (
  event_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  declaration_id uuid NOT NULL REFERENCES declarations,
  type           text NOT NULL,
  version        integer NOT NULL,
  at             timestamptz NOT NULL DEFAULT clock_timestamp(),
  data           jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX events_of_declaration ON events (declaration_id, event_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One row per key, in the transaction of what it made; kept for 2xx answers only.
CREATE TABLE idempotency_keys (
  broker_id      uuid NOT NULL REFERENCES brokers,
  key            text NOT NULL,
  -- SHA-256 of method, path and body.
  request_hash   bytea NOT NULL,
  declaration_id uuid NOT NULL REFERENCES declarations,
  -- The proposal that answers it (PUT, cancellation); its judgement is awaited again when no answer was kept.
  proposal_id    uuid REFERENCES proposals,
  status         integer,
  headers        jsonb,
  -- The body under the declaration's key.
  sealed         bytea,
  created_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (broker_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Down Migration
DROP TABLE idempotency_keys, events, notifications, resolutions, version_outcomes, consents, proposals, lodgements,
  contexts, declaration_versions, declarations, push_subscriptions, challenges, sessions, passkeys, identities,
  authorizations, registrations, brokers;
DROP FUNCTION refuse_change;
