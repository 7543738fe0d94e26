-- Up Migration
ALTER TABLE data_keys DROP CONSTRAINT data_keys_kind_check;
ALTER TABLE data_keys ADD CONSTRAINT data_keys_kind_check
  CHECK (kind IN ('registration', 'identity', 'declaration', 'manifest'));

-- Down Migration
DELETE FROM data_keys WHERE kind = 'manifest';
ALTER TABLE data_keys DROP CONSTRAINT data_keys_kind_check;
ALTER TABLE data_keys ADD CONSTRAINT data_keys_kind_check
  CHECK (kind IN ('registration', 'identity', 'declaration'));
