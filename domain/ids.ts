/** Every id that another system sees is built here, from opaque keys alone (no personal data). */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether the text is a UUID in its canonical lower-case form (RFC 9562); others are simply unknown ids. */
export const isUuid = (text: string): boolean => UUID.test(text);

export const registrationWorkflowId = (registrationId: string): string => `registration/${registrationId}`;
export const poaWorkflowId = (declarationId: string): string => `poa/${declarationId}`;
export const customsNoticeWorkflowId = (noticeId: string): string => `customs-notice/${noticeId}`;
export const manifestWorkflowId = (manifestId: string): string => `manifest/${manifestId}`;
export const RECONCILIATION_SCHEDULE_ID = 'reconciliation';
export const RECONCILIATION_WORKFLOW_ID = 'reconciliation';
export const RETENTION_SCHEDULE_ID = 'retention';
export const RETENTION_WORKFLOW_ID = 'retention';

/** Idempotency keys of calls to Customs: the same for every attempt of one act. */
export const customsKey = {
  identity: (registrationId: string): string => `identity/${registrationId}`,
  lodgement: (declarationId: string, version: number, functionCode: string, attempt: number): string =>
    `declaration/${declarationId}/${version}/${functionCode}/${attempt}`,
  notice: (noticeId: string): string => `notice/${noticeId}`,
  /** One outcome row, one key: an outcome set aside and decided again is another act. */
  poa: (outcomeId: string): string => `poa/${outcomeId}`,
};

/**
 * The reference under which Customs keeps a POA: the declaration number, or our id while there is none
 * (consent-first before lodging). To be percent-encoded where it enters a path.
 */
export const poaReference = (declarationId: string, declarationNumber: string | null): string =>
  declarationNumber ?? declarationId;
