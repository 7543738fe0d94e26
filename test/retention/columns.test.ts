/** Nothing personal can be added to a table without saying what a purge makes of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool } from '../../db/pool.ts';
import { EMPTIED_OF_CONSOLE_USER, EMPTIED_OF_PERSON, EMPTIED_OF_POA } from '../../db/retention/columns.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';

/** Columns that stay, by the reason why. */
const KEPT: Record<string, Record<string, string>> = {
  'ids, codes, counts and times of the process, which name nobody': {
    declarations:
      'declaration_id broker_id poa_order status version respond_by asked_at attention open_until waybill_taken waybill_elsewhere finished epoch step created_at updated_at visited_at ended_at purge_started_at purged_at',
    declaration_versions: 'declaration_id version respond_by state shown_at created_at',
    contexts: 'declaration_id version received_at taken_at',
    lodgements: 'declaration_id version function_code attempt result created_at answered_at',
    proposals: 'proposal_id declaration_id kind version reason verdict code created_at judged_at',
    consents:
      'consent_id declaration_id version decision reason lines verdict code created_at judged_at held_until',
    version_outcomes:
      'outcome_id declaration_id version outcome consent_id source reason decided_at acknowledgement_number acknowledged_at set_aside_at set_aside_by set_aside_reason',
    resolutions:
      'resolution_id declaration_id action outcome acknowledgement_number operator reason verdict code created_at judged_at',
    events: 'event_id declaration_id manifest_id type version at data',
    fraud_cases: 'case_id declaration_id version kind opened_at resolved_at resolution',
    holds: 'hold_id declaration_id holder placed_at released_at',
    lookups: 'lookup_id declaration_id version at',
    identities:
      'subject_id registration_id created_at bound_at frozen_at suspended_at suspension_reason ended_at shredded_at',
    registrations:
      'registration_id status reason operator locale notice_version recovery first_read_bound_at epoch step created_at updated_at visited_at hold_until objected_at',
    authorizations: 'authorization_id registration_id status error created_at expires_at received_at',
    suspensions: 'suspension_id subject_id action operator reason at',
    customs_notices: 'notice_id kind about body created_at acknowledged_at refused_code visited_at',
  },
  'how Customs and the broker call the parcel, under which they find that it was purged': {
    declarations: 'functional_reference master_waybill house_waybill declaration_number flight import_date',
    declaration_versions: 'functional_reference master_waybill house_waybill flight import_date',
    contexts: 'declaration_number',
  },
  'what receipts and the log are compared with: digests of contents with goods and prices, and of signatures':
    {
      declarations: 'digest',
      declaration_versions: 'digest',
      contexts: 'digest',
      consents: 'digest assertion_hash',
      version_outcomes: 'receipt_hash',
    },
  'an opaque id, which leads to nobody once the person has left and is shredded': {
    declarations: 'subject_id',
    declaration_versions: 'shown_to',
    consents: 'subject_id credential_id',
    fraud_cases: 'subject_id',
    lookups: 'subject_id',
    registrations: 'subject_id begun_by',
  },
  'what the operator said of the SIM: results, API versions and times': { consents: 'sim_check' },
  'sealed, in tables to which rows are only added: shredded with the key': { lookups: 'sealed' },
  'hashes of random secrets': { registrations: 'browser_hash', authorizations: 'state_hash' },
  'the rows go: with the purge; with their upload; or after a day, a session, or 30 days (db/tidy.ts); or when the identity ends (db/identity-end.ts)':
    {
      notifications: '*',
      consignee_checks: '*',
      manifests: '*',
      manifest_lines: '*',
      challenges: '*',
      sessions: '*',
      idempotency_keys: '*',
      passkeys: '*',
      push_subscriptions: '*',
    },
  "of a broker's own people, under keys of their own, for as long as it must be told who did what": {
    broker_users: 'user_id broker_id role created_at joined_at deactivated_at',
    console_invitations: '*',
    console_challenges: '*',
    console_passkeys: '*',
    console_sessions: '*',
    console_acts: '*',
  },
  'which event was told to whom, by ids; addresses of brokers are sealed under keys of their own': {
    event_queue: '*',
    event_feed: '*',
    event_feeds: '*',
    webhook_endpoints: '*',
    webhook_deliveries: '*',
  },
  'nothing of a POA or a person; leaves are salted, their salts sealed': {
    brokers: '*',
    client_keys: '*',
    client_assertions: '*',
    log_queue: '*',
    log_leaves: '*',
    log_tiles: '*',
    log_checkpoints: '*',
    log_cosignatures: '*',
    log_alarms: '*',
    retention_runs: '*',
    migrations: '*',
  },
};

let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
beforeAll(async () => {
  database = await cloneDatabase();
  pool = createPool(database.databaseUrl);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

test('every column of the main database is emptied by a purge, or stays for a reason', async () => {
  const { rows } = await pool.query<{ name: string; tableName: string }>(
    `SELECT c.table_name || '.' || column_name AS name, c.table_name AS "tableName"
     FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const lists = { ...EMPTIED_OF_POA, ...EMPTIED_OF_PERSON, ...EMPTIED_OF_CONSOLE_USER };
  const emptied = Object.entries(lists).flatMap(([table, columns]) =>
    columns.map((column) => `${table}.${column}`),
  );
  const kept = Object.values(KEPT).flatMap((tables) =>
    Object.entries(tables).flatMap(([table, columns]) =>
      columns === '*'
        ? rows.filter(({ tableName }) => tableName === table).map(({ name }) => name)
        : columns.split(' ').map((column) => `${table}.${column}`),
    ),
  );
  expect([...emptied, ...kept].sort()).toEqual(rows.map(({ name }) => name).sort());
});
