-- Up Migration

-- Keys that seal receipts (ES256). Never deleted: old receipts are checked with their public half. Both halves lie here, apart
-- from the main tables, so that a rotation is one row and a dump of the main tables can seal nothing.
CREATE TABLE receipt_keys (
  -- RFC 7638 thumbprint.
  kid            text PRIMARY KEY,
  public_jwk     jsonb NOT NULL,
  -- Private JWK wrapped with the master key; gone once the key was revoked, or retired for good.
  wrapped        bytea,
  created_at     timestamptz NOT NULL DEFAULT now(),
  -- Seals from then on; the newest of those that do is used.
  not_before     timestamptz NOT NULL,
  -- Seals nothing from then on; null: the key in use, or to be used.
  retired_at     timestamptz,
  -- Somebody else may have sealed with it since then.
  revoked_at     timestamptz,
  revoked_reason text,
  CHECK (revoked_at IS NULL OR retired_at IS NOT NULL)
);

CREATE FUNCTION refuse_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are kept for good', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER receipt_keys_kept BEFORE DELETE OR TRUNCATE ON receipt_keys
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_deletion();

-- Down Migration
DROP TABLE receipt_keys;
DROP FUNCTION refuse_deletion;
