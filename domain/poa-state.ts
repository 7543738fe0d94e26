import type { ReportedOutcome } from './outcome.ts';

/** Where a declaration's POA process stands; also the `status` of the API. */
export const POA_STATUSES = [
  'received',
  'lodging',
  'awaiting_context',
  'awaiting_registration',
  'needs_correction',
  'awaiting_importer',
  'reporting',
  'needs_attention',
  'confirmed',
  'declined',
  'repudiated',
  'expired',
  'unregistered',
  'cancelled',
] as const;
export type PoaStatus = (typeof POA_STATUSES)[number];

/** The outcome that a passed deadline makes of a status. */
export type DeadlineOutcome = Extract<ReportedOutcome, 'expired' | 'unregistered'>;

interface StatusRule {
  /** What the deadline makes of it; null where no deadline runs. */
  readonly deadline: DeadlineOutcome | null;
  readonly amend: boolean;
  readonly cancel: boolean;
  /** Statuses that may follow. */
  readonly next: readonly PoaStatus[];
}

const OPEN = { amend: true, cancel: true } as const;
const SHUT = { deadline: null, amend: false, cancel: false } as const;

/** `received` follows every open status: an amended version begins anew. */
const rules = {
  received: {
    ...OPEN,
    deadline: 'expired',
    next: ['lodging', 'awaiting_importer', 'awaiting_registration', 'needs_correction', 'reporting'],
  },
  lodging: {
    ...OPEN,
    deadline: 'expired',
    next: [
      'received',
      'awaiting_context',
      'awaiting_importer',
      'awaiting_registration',
      'needs_correction',
      'reporting',
    ],
  },
  awaiting_context: {
    ...OPEN,
    deadline: 'expired',
    next: ['received', 'awaiting_importer', 'awaiting_registration', 'needs_correction', 'reporting'],
  },
  awaiting_registration: {
    ...OPEN,
    deadline: 'unregistered',
    next: ['received', 'awaiting_importer', 'needs_correction', 'reporting'],
  },
  needs_correction: { ...OPEN, deadline: 'expired', next: ['received', 'reporting'] },
  awaiting_importer: {
    ...OPEN,
    deadline: 'expired',
    next: ['received', 'awaiting_registration', 'needs_correction', 'reporting'],
  },
  reporting: {
    ...SHUT,
    next: [
      'needs_attention',
      'needs_correction',
      'confirmed',
      'declined',
      'repudiated',
      'expired',
      'unregistered',
      'cancelled',
    ],
  },
  needs_attention: {
    ...SHUT,
    next: [
      'reporting',
      'needs_correction',
      'confirmed',
      'declined',
      'repudiated',
      'expired',
      'unregistered',
      'cancelled',
    ],
  },
  declined: { ...SHUT, amend: true, next: ['received'] },
  confirmed: { ...SHUT, next: [] },
  repudiated: { ...SHUT, next: [] },
  expired: { ...SHUT, next: [] },
  unregistered: { ...SHUT, next: [] },
  cancelled: { ...SHUT, next: [] },
} as const satisfies Record<PoaStatus, StatusRule>;

/** The one table of what may happen in each status (docs/architecture.md shows it). */
export const POA_STATE: Readonly<Record<PoaStatus, StatusRule>> = rules;

export const mayFollow = (from: PoaStatus, to: PoaStatus): boolean =>
  from === to || POA_STATE[from].next.includes(to);

/** Statuses in which a person waits for nothing more; `declined` ends only when its days for an amendment are over. */
export const FINAL_STATUSES = ['confirmed', 'repudiated', 'expired', 'unregistered', 'cancelled'] as const;
export const isFinal = (status: PoaStatus): boolean => (FINAL_STATUSES as readonly string[]).includes(status);

/** Statuses that an operator filters by; the search attribute is written only on entering or leaving these. */
export const OPERATOR_STATUSES: readonly PoaStatus[] = [
  'awaiting_registration',
  'needs_correction',
  'needs_attention',
];
