import { endCustomsNotice, readCustomsNotice } from '../db/customs-notices.ts';
import type { Database } from '../db/database.ts';
import type { CustomsNoticeEnd, CustomsNoticeKind } from '../domain/customs-notice.ts';
import { customsKey } from '../domain/ids.ts';
import type { CustomsGateway } from '../gateways/customs.ts';
import { attempt } from './attempt.ts';
import { processNotFound } from './guard.ts';

export interface CustomsNoticeDeps {
  db: Database;
  customs: CustomsGateway;
}

/** What Customs is told outside of declarations and POAs. */
export function createCustomsNoticeActivities({ db, customs }: CustomsNoticeDeps) {
  const send: Record<CustomsNoticeKind, CustomsGateway['endIdentity' | 'putFraudCase']> = {
    'identity-ended': customs.endIdentity,
    'fraud-case': customs.putFraudCase,
  };

  return {
    /** Sends the same bytes under the same key until Customs takes or refuses them; a second run sends nothing. */
    async tellCustoms({ noticeId }: { noticeId: string }): Promise<CustomsNoticeEnd> {
      const notice = await readCustomsNotice(db.pool, noticeId);
      if (!notice) throw processNotFound();
      if (notice.end) return notice.end;
      const { callMs, signal } = attempt();
      const answer = await send[notice.kind](notice.about, notice.body, {
        idempotencyKey: customsKey.notice(noticeId),
        timeoutMs: callMs,
        signal,
      });
      const end: CustomsNoticeEnd =
        answer.kind === 'taken'
          ? { status: 'acknowledged', code: null }
          : { status: 'refused', code: answer.code };
      await endCustomsNotice(db.pool, noticeId, end);
      return end;
    },
  };
}

export type CustomsNoticeActivities = ReturnType<typeof createCustomsNoticeActivities>;
