import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { CustomsNoticeActivities } from '../activities/customs-notices.ts';
import type { CustomsNoticeEnd, CustomsNoticeStatus } from '../domain/customs-notice.ts';
import { customsNoticeWorkflowId } from '../domain/ids.ts';
import { type CustomsNoticeInput, SEARCH_ATTRIBUTE } from '../domain/messages.ts';
import { ownId } from './own-id.ts';
import { stepsOf } from './steps.ts';

const { patient } = stepsOf<CustomsNoticeActivities>();

const STATUS = defineSearchAttributeKey(SEARCH_ATTRIBUTE.status, SearchAttributeType.KEYWORD);

const PLAIN: Record<CustomsNoticeStatus, string> = {
  waiting: 'Recorded; Customs has not taken it yet.',
  acknowledged: 'Customs has it.',
  refused: 'Customs refused it for good. **An operator must look into it**: it is not sent again.',
};

/** Brings one notice to Customs: an identity has ended, or a fraud case was opened. What it says is in the database. */
export async function customsNotice(input?: Partial<CustomsNoticeInput> | null): Promise<CustomsNoticeEnd> {
  const noticeId = ownId(input?.noticeId, customsNoticeWorkflowId);
  setCurrentDetails(PLAIN.waiting);
  const end = await patient('tellCustoms', { noticeId }, 'Tell Customs');
  setCurrentDetails(
    end.code === null ? PLAIN[end.status] : `${PLAIN[end.status]}\n\nReason: \`${end.code}\`.`,
  );
  upsertSearchAttributes([{ key: STATUS, value: end.status }]);
  return end;
}
