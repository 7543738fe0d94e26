/** "That was not me": a case that Customs looks into. It rewrites nothing; what became of it stands beside the POA. */

/** `repudiated`: the answer was "not mine". `reported`: said after a confirmation. */
export const FRAUD_CASE_KINDS = ['repudiated', 'reported'] as const;
export type FraudCaseKind = (typeof FRAUD_CASE_KINDS)[number];

/**
 * What Customs found. `substantiated`: somebody used the person's identity · `unsubstantiated`: nothing shows that ·
 * `withdrawn`: the person took it back.
 */
export const FRAUD_RESOLUTIONS = ['substantiated', 'unsubstantiated', 'withdrawn'] as const;
export type FraudResolution = (typeof FRAUD_RESOLUTIONS)[number];
