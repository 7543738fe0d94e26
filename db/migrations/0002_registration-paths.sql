-- Up Migration

ALTER TABLE registrations
  -- The person whose passkey login of a moment ago began it: they may change their phone at once.
  ADD COLUMN begun_by         uuid,
  -- Any other change of phone waits until then; `subject_id` is the identity that would move.
  ADD COLUMN hold_until       timestamptz,
  -- The person said that it is not them, left, or changed their phone otherwise.
  ADD COLUMN objected_at      timestamptz,
  -- What the operator said of the phone's earlier holder (their subject id with it), as in `kyc_match`.
  ADD COLUMN number_recycling jsonb;
-- One identity, one change of phone that waits.
CREATE UNIQUE INDEX registrations_one_change ON registrations (subject_id)
  WHERE status = 'verifying' AND hold_until IS NOT NULL AND objected_at IS NULL;
CREATE INDEX registrations_objected ON registrations (objected_at) WHERE status = 'verifying' AND objected_at IS NOT NULL;
-- What is being bound is waited for.
CREATE INDEX registrations_binding_id ON registrations (id_index) WHERE status = 'binding';
CREATE INDEX registrations_binding_phone ON registrations (phone_index) WHERE status = 'binding';
CREATE INDEX registrations_changes ON registrations (subject_id) WHERE hold_until IS NOT NULL;

-- When the data key of an identity that ended was destroyed.
ALTER TABLE identities ADD COLUMN shredded_at timestamptz;
CREATE INDEX identities_ended ON identities (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX identities_to_shred ON identities (ended_at) WHERE ended_at IS NOT NULL AND shredded_at IS NULL;

-- Messages about a registration; one of each kind.
ALTER TABLE notifications
  ADD COLUMN registration_id uuid REFERENCES registrations,
  ADD UNIQUE (registration_id, kind),
  DROP CONSTRAINT notifications_kind_check,
  ADD CONSTRAINT notifications_kind_check CHECK (kind IN
    ('ask', 'reminder', 'withdrawn', 'sms', 'invitation', 'recovered', 'phone-change'));

-- What Customs must get besides declarations and POAs: each is a small process of its own.
CREATE TABLE customs_notices (
  notice_id       uuid PRIMARY KEY,
  kind            text NOT NULL CHECK (kind IN ('identity-ended', 'fraud-case')),
  -- The registration whose file ends, or the fraud case: names the resource at Customs.
  about           uuid NOT NULL,
  -- The exact bytes of every attempt; no personal data.
  body            text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  acknowledged_at timestamptz,
  -- Customs refused it for good: an operator is to look.
  refused_code    text,
  visited_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (acknowledged_at IS NULL OR refused_code IS NULL)
);
CREATE INDEX customs_notices_open ON customs_notices (visited_at)
  WHERE acknowledged_at IS NULL AND refused_code IS NULL;
CREATE INDEX customs_notices_refused ON customs_notices (created_at) WHERE refused_code IS NOT NULL;

-- Down Migration
DROP TABLE customs_notices;
DELETE FROM notifications WHERE kind = 'phone-change';
ALTER TABLE notifications
  DROP COLUMN registration_id,
  DROP CONSTRAINT notifications_kind_check,
  ADD CONSTRAINT notifications_kind_check CHECK (kind IN
    ('ask', 'reminder', 'withdrawn', 'sms', 'invitation', 'recovered'));
DROP INDEX identities_to_shred, identities_ended;
ALTER TABLE identities DROP COLUMN shredded_at;
DROP INDEX registrations_changes, registrations_binding_phone, registrations_binding_id, registrations_objected,
  registrations_one_change;
ALTER TABLE registrations DROP COLUMN number_recycling, DROP COLUMN objected_at, DROP COLUMN hold_until,
  DROP COLUMN begun_by;
