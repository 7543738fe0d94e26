/**
 * Names and payloads of everything that travels through Temporal. Payloads carry ids, states, versions, deadlines and
 * codes: never personal data, and nothing that is believed without a look at the database.
 */

export const TASK_QUEUE = 'consentry';

export const WORKFLOW = {
  registration: 'registration',
  poa: 'poa',
  reconciliation: 'reconciliation',
  retention: 'retention',
  customsNotice: 'customsNotice',
  manifest: 'manifest',
} as const;

/** Input of a workflow is the id alone: where its process stands is read from the database. */
export interface RegistrationInput {
  registrationId: string;
}
export interface PoaInput {
  declarationId: string;
}
export interface CustomsNoticeInput {
  noticeId: string;
}
export interface ManifestInput {
  manifestId: string;
}

/** Updates promise their sender a result; each has a Signal of the same payload as its durable fallback. */
export const UPDATE = { decide: 'decide', amend: 'amend', cancel: 'cancel', resolve: 'resolve' } as const;
export const SIGNAL = {
  decide: 'decision',
  amend: 'amendment',
  cancel: 'cancellation',
  resolve: 'resolution',
  /**
   * Mere news: something that the database knows changed (a context arrived, a registration became bound, a person objects
   * to a change of phone).
   */
  lookAgain: 'lookAgain',
  /** The operator's redirect brought a code, or an error. */
  authorizationReceived: 'authorizationReceived',
} as const;

/** `decide`: update id = consent id. */
export interface DecideMessage {
  consentId: string;
}
/** `amend`, `cancel`: update id = proposal id. */
export interface ProposalMessage {
  proposalId: string;
}
/** `resolve`: update id = resolution id. */
export interface ResolveMessage {
  resolutionId: string;
}

/** What a judged decision is answered with: how the version stands now. */
export interface DecideResult {
  /** Verdict on this consent. */
  verdict: 'accepted' | 'refused' | 'void' | 'unknown';
  status: string;
}
export interface ProposalResult {
  verdict: 'accepted' | 'refused' | 'unknown';
  /** Error code of a refusal. */
  code?: string;
  status: string;
}
export interface ResolveResult {
  verdict: 'accepted' | 'refused' | 'unknown';
  code?: string;
  status: string;
}

/** Custom search attributes; scripts/up and the worker register them. */
export const SEARCH_ATTRIBUTE = {
  status: 'ConsentryStatus',
  broker: 'ConsentryBroker',
  order: 'ConsentryOrder',
  deadline: 'ConsentryDeadline',
} as const;

/** An Update waits this long for its worker before the Signal takes its place, ms. */
export const UPDATE_DEADLINE_MS = 2_000;
