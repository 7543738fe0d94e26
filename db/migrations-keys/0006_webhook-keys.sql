-- Up Migration
ALTER TABLE data_keys
  DROP CONSTRAINT data_keys_kind_check,
  ADD CONSTRAINT data_keys_kind_check
    CHECK (kind IN ('registration', 'identity', 'declaration', 'manifest', 'broker-user', 'webhook'));

-- Down Migration
DELETE FROM data_keys WHERE kind = 'webhook';
ALTER TABLE data_keys
  DROP CONSTRAINT data_keys_kind_check,
  ADD CONSTRAINT data_keys_kind_check CHECK (kind IN ('registration', 'identity', 'declaration', 'manifest', 'broker-user'));
