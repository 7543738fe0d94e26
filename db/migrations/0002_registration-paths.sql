-- Up Migration

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
