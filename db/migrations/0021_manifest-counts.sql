-- Up Migration

-- Lines by result, kept by whatever changes one: a list of manifests, and each turn of one, looks at one row. `total - accepted -
-- rejected` wait. No check holds them together: a count must never keep anything from happening.
ALTER TABLE manifests
  ADD COLUMN lines_total    integer NOT NULL DEFAULT 0,
  ADD COLUMN lines_accepted integer NOT NULL DEFAULT 0,
  ADD COLUMN lines_rejected integer NOT NULL DEFAULT 0;
UPDATE manifests m SET lines_total = counted.total, lines_accepted = counted.accepted, lines_rejected = counted.rejected
FROM (SELECT l.manifest_id, count(*) AS total,
        count(*) FILTER (WHERE l.status IN ('done', 'started') AND p.verdict IS DISTINCT FROM 'refused') AS accepted,
        count(*) FILTER (WHERE l.status = 'rejected' OR p.verdict = 'refused') AS rejected
      FROM manifest_lines l LEFT JOIN proposals p USING (proposal_id) GROUP BY l.manifest_id) counted
WHERE m.manifest_id = counted.manifest_id;
-- The line that asked for an amendment, when it is judged.
CREATE INDEX manifest_lines_of_proposal ON manifest_lines (proposal_id) WHERE proposal_id IS NOT NULL;
-- How many lines a broker sent in a day.
CREATE INDEX manifests_of_day ON manifests (broker_id, created_at);

-- Down Migration
DROP INDEX manifests_of_day, manifest_lines_of_proposal;
ALTER TABLE manifests DROP COLUMN lines_total, DROP COLUMN lines_accepted, DROP COLUMN lines_rejected;
