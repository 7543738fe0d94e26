/** Events as brokers read them: put together when they are read, since a part of them is personal data under its key. */
import type { FraudCaseKind, FraudResolution } from '../../domain/fraud-case.ts';
import type { LineCounts, ManifestKind } from '../../domain/manifest.ts';
import { type EventMessage, statusOf } from '../../domain/webhook.ts';
import type { Database } from '../database.ts';
import { unseal } from '../seal.ts';

interface ManifestEventRow {
  eventId: number;
  declarationId: null;
  manifestId: string;
  type: string;
  at: Date;
  data: { kind: ManifestKind; lines: LineCounts };
  sealed: null;
}

interface EventRow {
  eventId: number;
  declarationId: string;
  type: string;
  version: number;
  at: Date;
  data: { code?: string; caseId?: string; kind?: FraudCaseKind; resolution?: FraudResolution };
  functionalReference: string;
  houseWaybill: string;
  consentId: string | null;
  reason: string | null;
  lines: number[] | null;
  sealed: Buffer | null;
}

/** By event id. The same event makes the same message every time, but for a note that is not kept any more. */
export async function readMessages(
  { pool, keys }: Pick<Database, 'pool' | 'keys'>,
  events: readonly { eventId: number; messageId: string }[],
): Promise<ReadonlyMap<number, EventMessage>> {
  if (events.length === 0) return new Map();
  const { rows } = await pool.query<EventRow | ManifestEventRow>({
    name: 'event-messages',
    text: `SELECT e.event_id AS "eventId", e.declaration_id AS "declarationId", e.manifest_id AS "manifestId", e.type, e.version, e.at, e.data,
             v.functional_reference AS "functionalReference", v.house_waybill AS "houseWaybill",
             c.consent_id AS "consentId", c.reason, c.lines, c.sealed
           FROM events e LEFT JOIN declaration_versions v USING (declaration_id, version)
           LEFT JOIN consents c ON e.type = 'declaration.declined' AND c.declaration_id = e.declaration_id
             AND c.version = e.version AND c.verdict = 'accepted' AND c.decision = 'declined'
           WHERE e.event_id = ANY($1::bigint[])`,
    values: [events.map(({ eventId }) => eventId)],
  });
  const withNotes = rows.flatMap(({ sealed, declarationId }) => (sealed ? declarationId : []));
  const dataKeys = await keys.getMany([...new Set(withNotes)]);
  const ids = new Map(events.map(({ eventId, messageId }) => [eventId, messageId]));
  return new Map(
    rows.map((row) => {
      const id = ids.get(row.eventId) ?? '';
      const told =
        row.declarationId === null
          ? ofManifest(id, row)
          : ofDeclaration(id, row, dataKeys.get(row.declarationId));
      return [row.eventId, told];
    }),
  );
}

function ofManifest(id: string, { type, manifestId, at, data }: ManifestEventRow): EventMessage {
  const { kind, lines } = data;
  const timestamp = at.toISOString();
  return { id, type, timestamp, data: { manifestId, kind, at: timestamp, lines } };
}

function ofDeclaration(id: string, row: EventRow, key: Buffer | undefined): EventMessage {
  const { declarationId, type, version, functionalReference, houseWaybill, reason, lines, data } = row;
  const status = statusOf(type);
  const note = noteOf(row, key);
  const at = row.at.toISOString();
  return {
    id,
    type,
    timestamp: at,
    data: {
      declarationId,
      functionalReference,
      houseWaybill,
      version,
      ...(status && { status }),
      at,
      ...(reason !== null && { reason }),
      ...(lines !== null && { lines }),
      ...(note !== undefined && { note }),
      ...toldOf(type, data),
    },
  };
}

/** What an event keeps for its broker; what it keeps besides is for operators. */
function toldOf(type: string, { code, caseId, kind, resolution }: EventRow['data']) {
  if (type === 'declaration.proposal-refused') return typeof code === 'string' ? { code } : {};
  if (!type.startsWith('declaration.fraud-case-') || !caseId || !kind) return {};
  return { caseId, kind, ...(resolution && { resolution }) };
}

function noteOf({ consentId, sealed }: EventRow, key: Buffer | undefined): string | undefined {
  if (!key || !sealed) return undefined;
  return (unseal(key, `consents/${consentId}/sealed`, sealed) as { note?: string }).note;
}

/** The broker's events after a place, in the order of their places; `position`: the last one's. */
export async function readFeed(
  db: Pick<Database, 'pool' | 'keys'>,
  brokerId: string,
  { after, limit }: { after: number; limit: number },
): Promise<{ items: EventMessage[]; position: number }> {
  const { rows } = await db.pool.query<{ eventId: number; messageId: string; position: number }>({
    name: 'event-feed',
    text: `SELECT event_id AS "eventId", message_id AS "messageId", position FROM event_feed
           WHERE broker_id = $1 AND position > $2 ORDER BY position LIMIT $3`,
    values: [brokerId, after, limit],
  });
  const messages = await readMessages(db, rows);
  return {
    items: rows.flatMap(({ eventId }) => messages.get(eventId) ?? []),
    position: rows.at(-1)?.position ?? after,
  };
}
