-- Up Migration

ALTER TABLE data_keys
  DROP CONSTRAINT data_keys_kind_check,
  ADD CONSTRAINT data_keys_kind_check CHECK (kind IN ('registration', 'identity', 'declaration', 'manifest', 'broker-user'));

-- Down Migration
DELETE FROM data_keys WHERE kind = 'broker-user';
ALTER TABLE data_keys
  DROP CONSTRAINT data_keys_kind_check,
  ADD CONSTRAINT data_keys_kind_check CHECK (kind IN ('registration', 'identity', 'declaration', 'manifest'));
