-- Up Migration

-- Empty once a deactivated user's name must not be kept any more.
ALTER TABLE broker_users ALTER COLUMN sealed DROP NOT NULL;
CREATE INDEX console_acts_of_user ON console_acts (user_id) WHERE declaration_id IS NOT NULL;

-- Down Migration
DROP INDEX console_acts_of_user;
UPDATE broker_users SET sealed = '' WHERE sealed IS NULL;
ALTER TABLE broker_users ALTER COLUMN sealed SET NOT NULL;
