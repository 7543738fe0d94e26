/** SQL: result of a line `l`, with its proposal `p`. An amendment that its process refused makes its line a rejected one. Null: it waits. */
export const LINE_RESULT = `CASE WHEN l.status = 'rejected' OR p.verdict = 'refused' THEN 'rejected'
  WHEN l.status <> 'waiting' THEN 'accepted' END`;
