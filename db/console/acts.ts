/** Who changed what through a broker's console: written in the transaction of the change, never again. */
import type { ConsoleActKind } from '../../domain/console.ts';
import type { Database } from '../database.ts';
import type { Queryable } from '../pool.ts';
import { namesOf } from './names.ts';

export interface ConsoleAct {
  brokerId: string;
  /** Null: an operator of ours. */
  userId: string | null;
  kind: ConsoleActKind;
  declarationId?: string;
  /** The change asked for, which its process judges. */
  proposalId?: string;
  aboutUserId?: string;
}

export async function recordAct(client: Queryable, act: ConsoleAct): Promise<void> {
  await client.query({
    name: 'console-act-insert',
    text: `INSERT INTO console_acts (broker_id, user_id, kind, declaration_id, proposal_id, about_user_id)
           VALUES ($1, $2, $3, $4, $5, $6)`,
    values: [act.brokerId, act.userId, act.kind, act.declarationId, act.proposalId, act.aboutUserId],
  });
}

export interface ListedAct {
  actId: number;
  kind: ConsoleActKind;
  at: Date;
  /** Null: an operator of ours. */
  by: { userId: string; name: string | null } | null;
  about: { userId: string; name: string | null } | null;
  declaration: { declarationId: string; houseWaybill: string } | null;
  /** How a change that its process judges stands. */
  verdict: 'pending' | 'accepted' | 'refused' | null;
}

interface ActRow extends Omit<ListedAct, 'by' | 'about' | 'declaration'> {
  userId: string | null;
  aboutUserId: string | null;
  declarationId: string | null;
  houseWaybill: string | null;
}

/** Of a broker, newest first; `declarationId`: of that one alone. `more`: there are others after these. */
export async function listActs(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  brokerId: string,
  { declarationId, before, limit }: { declarationId?: string; before?: number; limit: number },
): Promise<{ items: ListedAct[]; more: boolean }> {
  const { rows } = await pool.query<ActRow>({
    name: 'console-acts',
    text: `SELECT a.act_id AS "actId", a.kind, a.at, a.user_id AS "userId", a.about_user_id AS "aboutUserId",
             a.declaration_id AS "declarationId", d.house_waybill AS "houseWaybill", p.verdict
           FROM console_acts a
           LEFT JOIN declarations d USING (declaration_id)
           LEFT JOIN proposals p ON p.proposal_id = a.proposal_id
           WHERE a.broker_id = $1 AND ($2::uuid IS NULL OR a.declaration_id = $2) AND ($3::bigint IS NULL OR a.act_id < $3)
           ORDER BY a.act_id DESC LIMIT $4`,
    values: [brokerId, declarationId ?? null, before ?? null, limit + 1],
  });
  const shown = rows.slice(0, limit);
  const ids = shown.flatMap(({ userId, aboutUserId }) => [userId, aboutUserId]).filter((id) => id !== null);
  const names = await namesOf({ pool, keys }, brokerId, ids);
  const person = (userId: string | null) => userId && { userId, name: names.get(userId) ?? null };
  const items = shown.map(({ userId, aboutUserId, declarationId: about, houseWaybill, ...act }) => ({
    ...act,
    by: person(userId) || null,
    about: person(aboutUserId) || null,
    declaration: about && houseWaybill ? { declarationId: about, houseWaybill } : null,
  }));
  return { items, more: rows.length > limit };
}
