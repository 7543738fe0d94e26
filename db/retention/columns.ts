/**
 * What a purge empties, and what it leaves with the reason for it: every column of every table that tells of a POA or a person is
 * in one of the two lists (a test sees to it). Sealed columns are emptied although their key is destroyed, because other processes
 * know a key for a minute longer.
 */

/** By table: columns of a POA's rows, which are found by `declaration_id`. */
export const EMPTIED_OF_POA = {
  declarations: ['phone_index', 'sealed_problems'],
  declaration_versions: ['phone_index', 'sealed'],
  contexts: ['sealed'],
  lodgements: ['sealed'],
  proposals: ['sealed_note'],
  consents: ['sealed', 'receipt_facts'],
  version_outcomes: ['sealed_report'],
  fraud_cases: ['sealed_note', 'sealed_resolution'],
  holds: ['sealed', 'sealed_release'],
} as const;

/** By table: columns of a person's rows. */
export const EMPTIED_OF_PERSON = {
  identities: ['id_index', 'phone_index', 'sealed', 'verification', 'file_number'],
  registrations: [
    'id_index',
    'phone_index',
    'sealed',
    'number_verification',
    'kyc_match',
    'number_recycling',
    'file_number',
  ],
  authorizations: ['sealed'],
} as const;

/** By table: columns of a broker's console user, who was deactivated. */
export const EMPTIED_OF_CONSOLE_USER = { broker_users: ['sealed'] } as const;

/** `SET` of an UPDATE that empties the columns. */
export const emptied = (columns: readonly string[]): string =>
  columns.map((column) => `${column} = NULL`).join(', ');
