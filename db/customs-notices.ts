import { v7 as uuidv7 } from 'uuid';
import type { CustomsNoticeEnd, CustomsNoticeKind } from '../domain/customs-notice.ts';
import type { Queryable } from './pool.ts';

export interface NewCustomsNotice {
  kind: CustomsNoticeKind;
  /** The registration whose file ends, or the fraud case. */
  about: string;
  /** Sent as JSON, in these bytes by every attempt. No personal data: it is kept in the clear. */
  body: object;
}

/**
 * Records what Customs is to hear, in the caller's transaction; returns the notice's id. After the commit the caller
 * starts it (`Processes.startCustomsNotice`), best effort: the reconciliation starts those that did not.
 */
export async function insertCustomsNotice(
  client: Queryable,
  { kind, about, body }: NewCustomsNotice,
): Promise<string> {
  const noticeId = uuidv7();
  await client.query('INSERT INTO customs_notices (notice_id, kind, about, body) VALUES ($1, $2, $3, $4)', [
    noticeId,
    kind,
    about,
    JSON.stringify(body),
  ]);
  return noticeId;
}

export interface CustomsNotice {
  kind: CustomsNoticeKind;
  about: string;
  /** The exact bytes. */
  body: string;
  /** Null while Customs has not answered. */
  end: CustomsNoticeEnd | null;
}

/** Null: no such notice. */
export async function readCustomsNotice(db: Queryable, noticeId: string): Promise<CustomsNotice | null> {
  const { rows } = await db.query<
    Omit<CustomsNotice, 'end'> & { acknowledged: boolean; code: string | null }
  >(
    `SELECT kind, about, body, acknowledged_at IS NOT NULL AS acknowledged, refused_code AS code
     FROM customs_notices WHERE notice_id = $1`,
    [noticeId],
  );
  if (!rows[0]) return null;
  const { acknowledged, code, ...notice } = rows[0];
  if (!acknowledged && code === null) return { ...notice, end: null };
  return { ...notice, end: { status: acknowledged ? 'acknowledged' : 'refused', code } };
}

/** Keeps Customs' answer; the first one stands. */
export async function endCustomsNotice(
  db: Queryable,
  noticeId: string,
  { code }: CustomsNoticeEnd,
): Promise<void> {
  await db.query(
    `UPDATE customs_notices SET refused_code = $2, acknowledged_at = CASE WHEN $2::text IS NULL THEN clock_timestamp() END
     WHERE notice_id = $1 AND acknowledged_at IS NULL AND refused_code IS NULL`,
    [noticeId, code],
  );
}
