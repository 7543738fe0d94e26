/** What is known of one POA or identity, as operators look at it: no personal data but for `revealPoa`. */
import type { Database } from './database.ts';
import type { Queryable } from './pool.ts';
import { type FieldAddress, unseal } from './seal.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Headings and what stands below them; a heading without rows is not shown. */
export type Sections = ReadonlyMap<string, readonly Row[]>;

/** Headings and their queries ($1: the id); the first is the thing itself. */
type Queries = readonly [title: string, query: string][];

const POA: Queries = [
  [
    'Declaration',
    `SELECT d.declaration_id AS declaration, b.box_number AS broker, poa_order AS "order", status, version, digest,
       declaration_number AS number, functional_reference AS reference, master_waybill AS master, house_waybill AS house,
       respond_by AS "respond by", attention, open_until AS "open until", waybill_taken AS "waybill taken",
       waybill_elsewhere AS "waybill elsewhere", finished, ended_at AS ended, purged_at AS purged, subject_id AS subject, epoch, step,
       d.created_at AS created, updated_at AS updated
     FROM declarations d JOIN brokers b USING (broker_id) WHERE declaration_id = $1`,
  ],
  [
    'Versions',
    `SELECT v.version, state, v.digest, respond_by AS "respond by", shown_at AS shown, v.created_at AS created,
       CASE WHEN c.digest = v.digest THEN 'same' WHEN c.digest IS NULL THEN NULL ELSE 'differs' END AS context,
       c.taken_at AS "context taken"
     FROM declaration_versions v LEFT JOIN contexts c USING (declaration_id, version)
     WHERE declaration_id = $1 ORDER BY v.version`,
  ],
  [
    'Lodgements',
    `SELECT version, function_code AS function, attempt, coalesce(result, 'no answer yet') AS result,
       created_at AS created, answered_at AS answered
     FROM lodgements WHERE declaration_id = $1 ORDER BY created_at`,
  ],
  [
    'Changes asked for',
    `SELECT kind, version, reason, verdict, code, created_at AS created, judged_at AS judged
     FROM proposals WHERE declaration_id = $1 ORDER BY created_at`,
  ],
  [
    "Asked for in the broker's console",
    `SELECT at, kind, user_id AS "user" FROM console_acts WHERE declaration_id = $1 ORDER BY act_id`,
  ],
  [
    'Answers',
    `SELECT consent_id AS consent, version, decision, reason, verdict, code, sim_check->'simSwap'->>'result' AS "SIM",
       held_until AS "operator asked until", created_at AS created, judged_at AS judged
     FROM consents WHERE declaration_id = $1 ORDER BY created_at`,
  ],
  [
    'Outcomes',
    `SELECT version, outcome, source, reason, decided_at AS decided, acknowledgement_number AS acknowledgement,
       acknowledged_at AS acknowledged, set_aside_at AS "set aside", set_aside_by AS "by", set_aside_reason AS "why"
     FROM version_outcomes WHERE declaration_id = $1 ORDER BY outcome_id`,
  ],
  [
    'Resolutions',
    `SELECT action, outcome, acknowledgement_number AS acknowledgement, operator, reason, verdict, code,
       created_at AS created, judged_at AS judged
     FROM resolutions WHERE declaration_id = $1 ORDER BY created_at`,
  ],
  [
    'Fraud cases',
    `SELECT case_id AS "case", kind, version, opened_at AS opened, resolved_at AS resolved, resolution
     FROM fraud_cases WHERE declaration_id = $1 ORDER BY opened_at`,
  ],
  [
    'Holds',
    `SELECT holder, placed_at AS placed, released_at AS released FROM holds WHERE declaration_id = $1 ORDER BY placed_at`,
  ],
  ["Customs' look-ups", `SELECT version, at FROM lookups WHERE declaration_id = $1 ORDER BY at`],
  [
    'Messages',
    `SELECT version, kind, created_at AS created, sent_at AS sent, failed_at AS failed, held_back_at AS "held back",
       displayed_at AS displayed
     FROM notifications WHERE declaration_id = $1 ORDER BY created_at`,
  ],
  [
    'Events',
    `SELECT at, type, version, nullif(data, '{}')::text AS data FROM events WHERE declaration_id = $1 ORDER BY event_id`,
  ],
];

const IDENTITY: Queries = [
  [
    'Identity',
    `SELECT subject_id AS subject, registration_id AS registration, verification->>'operator' AS operator,
       verification->>'verifiedAt' AS verified, file_number AS "Customs file", created_at AS created, bound_at AS bound,
       frozen_at AS frozen, suspended_at AS suspended, suspension_reason AS "suspended for", ended_at AS ended
     FROM identities WHERE subject_id = $1`,
  ],
  [
    'Suspended and reinstated by operators',
    `SELECT at, action, operator AS "by", reason FROM suspensions WHERE subject_id = $1 ORDER BY at`,
  ],
  [
    'Confirmations made void',
    `SELECT judged_at AS judged, code, consent_id AS consent, declaration_id AS declaration, version,
       sim_check->'simSwap'->>'result' AS "SIM", sim_check->'numberRecycling'->>'result' AS number,
       sim_check->'simSwap'->>'correlator' AS correlator
     FROM consents WHERE subject_id = $1 AND verdict = 'void' ORDER BY judged_at`,
  ],
];

/** Null: there is no such declaration. */
export const readPoa = (db: Queryable, declarationId: string): Promise<Sections | null> =>
  readSections(db, POA, declarationId);

/** Null: there is no such identity. */
export const readIdentityView = (db: Queryable, subjectId: string): Promise<Sections | null> =>
  readSections(db, IDENTITY, subjectId);

async function readSections(db: Queryable, queries: Queries, id: string): Promise<Sections | null> {
  const sections = new Map<string, readonly Row[]>();
  for (const [title, query] of queries) {
    const { rows } = await db.query<Row>(query, [id]);
    sections.set(title, rows);
  }
  const [[thing = ''] = []] = queries;
  return sections.get(thing)?.length ? sections : null;
}

const SEALED = `
  SELECT 'version ' || version AS what, 'declaration_versions/' || $1 || '.' || version || '/sealed' AS address, sealed
    FROM declaration_versions WHERE declaration_id = $1::uuid AND sealed IS NOT NULL
  UNION ALL SELECT 'context ' || version, 'contexts/' || $1 || '.' || version || '/sealed', sealed
    FROM contexts WHERE declaration_id = $1::uuid AND sealed IS NOT NULL
  UNION ALL SELECT 'problems', 'declarations/' || $1 || '/sealed_problems', sealed_problems
    FROM declarations WHERE declaration_id = $1::uuid AND sealed_problems IS NOT NULL
  UNION ALL SELECT 'note of change ' || proposal_id, 'proposals/' || proposal_id || '/sealed_note', sealed_note
    FROM proposals WHERE declaration_id = $1::uuid AND sealed_note IS NOT NULL
  UNION ALL SELECT 'answer ' || consent_id, 'consents/' || consent_id || '/sealed', sealed
    FROM consents WHERE declaration_id = $1::uuid AND sealed IS NOT NULL
  UNION ALL SELECT 'note of fraud case ' || case_id, 'fraud_cases/' || case_id || '/sealed_note', sealed_note
    FROM fraud_cases WHERE declaration_id = $1::uuid AND sealed_note IS NOT NULL
  UNION ALL SELECT 'resolution of fraud case ' || case_id, 'fraud_cases/' || case_id || '/sealed_resolution', sealed_resolution
    FROM fraud_cases WHERE declaration_id = $1::uuid AND sealed_resolution IS NOT NULL
  UNION ALL SELECT 'hold by ' || holder, 'holds/' || hold_id || '/sealed', sealed
    FROM holds WHERE declaration_id = $1::uuid AND sealed IS NOT NULL
  UNION ALL SELECT 'release by ' || holder, 'holds/' || hold_id || '/sealed_release', sealed_release
    FROM holds WHERE declaration_id = $1::uuid AND sealed_release IS NOT NULL
  UNION ALL SELECT 'look-up ' || at, 'lookups/' || lookup_id || '/sealed', sealed
    FROM lookups JOIN declarations USING (declaration_id)
    WHERE declaration_id = $1::uuid AND sealed IS NOT NULL AND purge_started_at IS NULL
  UNION ALL SELECT 'report ' || version || ' ' || outcome, 'version_outcomes/' || outcome_id || '/sealed_report', sealed_report
    FROM version_outcomes WHERE declaration_id = $1::uuid AND sealed_report IS NOT NULL`;

/** What is sealed, opened: personal data; nothing is left of what was purged. Null: the data key was destroyed. */
export async function revealPoa(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  declarationId: string,
): Promise<{ what: string; content: unknown }[] | null> {
  const key = await keys.get(declarationId);
  if (!key) return null;
  const { rows } = await pool.query<{ what: string; address: FieldAddress; sealed: Buffer }>(SEALED, [
    declarationId,
  ]);
  return rows.map(({ what, address, sealed }) => ({ what, content: unseal(key, address, sealed) }));
}
