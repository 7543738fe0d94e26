/** POAs decided by real signatures, settled, acknowledged and logged; no workflow is needed for them. */

import type { EvidenceQuery } from '../../db/evidence.ts';
import { createHeadStore } from '../../db/log/heads.ts';
import { lockRow, openRow, saveRow } from '../../db/poa/process-row.ts';
import { acknowledge, settle } from '../../db/poa/settle.ts';
import type { Checked } from '../../db/poa/sim-check.ts';
import { transaction } from '../../db/pool.ts';
import type { Decision, VersionOutcome } from '../../domain/outcome.ts';
import type { SimCheck } from '../../domain/sim-check.ts';
import { createSequencer } from '../../evidence/log/sequencer.ts';
import { makePack } from '../../evidence/pack.ts';
import { createSealer, publishedJwk, receiptKeyInUse } from '../../evidence/receipt.ts';
import { createReportWriter } from '../../evidence/report.ts';
import type { Trust } from '../../evidence/verify/trust.ts';
import { createImporterWorld } from './importer-world.ts';
import { createLogKeys } from './log-keys.ts';
import { appendAll } from './log-world.ts';
import type { content } from './poa-fixtures.ts';

export type EvidenceWorld = Awaited<ReturnType<typeof createEvidenceWorld>>;

/** How a version ends: by the person's answer, or as `settle` is asked. */
export type Ending =
  | { decision: Decision; reason?: string; lines?: number[]; note?: string }
  | { outcome: Unanswered };
type Unanswered = Exclude<VersionOutcome, Decision | 'superseded'>;

const VERIFIED_AT = '2026-11-24T08:00:00.000Z';

export async function createEvidenceWorld() {
  const world = await createImporterWorld({ processes: { decide: async () => ({ kind: 'undelivered' }) } });
  const { db, keysPool, api } = world;
  const sealer = createSealer(receiptKeyInUse(db.keys.receipts));
  const logKeys = createLogKeys();
  const heads = createHeadStore(keysPool);
  const sequencer = createSequencer({ pool: db.pool, keys: db.keys, heads, signer: logKeys.signer });

  /** A declaration that was shown to a person of its own, and ended; not logged yet. */
  async function decide(ending: Ending, changes: Parameters<typeof content>[0] = {}) {
    const person = await world.importer();
    await verifiedAsUsual(person.subjectId);
    const { declarationId } = await world.shown(person, changes);
    await db.pool.query(
      `INSERT INTO notifications (notification_id, declaration_id, version, recipient, kind, sent_at, displayed_at)
       VALUES (gen_random_uuid(), $1, 1, $2, 'ask', now(), now() + interval '1 minute')`,
      [declarationId, person.subjectId],
    );
    if ('decision' in ending) {
      const { decision, ...words } = ending;
      await person.handset.decide(declarationId, decision, { ...words, locale: 'zh-TW', build: '1.0.0' });
    }
    await end(declarationId, ending);
    return { declarationId, person };
  }

  async function verifiedAsUsual(subjectId: string): Promise<void> {
    const at = VERIFIED_AT;
    const number = { apiVersion: 'number-verification/v2', result: 'verified', correlator: 'nv-1', at };
    const kyc = {
      apiVersion: 'kyc-match/v0.4',
      result: 'match',
      correlator: 'kyc-1',
      contract: 'postpaid',
      at,
    };
    const binding = { operator: 'sandbox', method: 'camara', correlator: 'nv-1', verifiedAt: at };
    await db.pool.query(
      `WITH r AS (UPDATE registrations SET number_verification = $2, kyc_match = $3 WHERE subject_id = $1)
       UPDATE identities SET verification = $4, file_number = 'F-000001' WHERE subject_id = $1`,
      [subjectId, number, kyc, binding],
    );
  }

  /** What the operator says of the SIM behind the answer that waits. */
  async function sameSim(declarationId: string): Promise<Checked | null> {
    const { rows } = await db.pool.query<{ consentId: string }>(
      `SELECT consent_id AS "consentId" FROM consents WHERE declaration_id = $1 AND verdict = 'pending'`,
      [declarationId],
    );
    if (!rows[0]) return null;
    const asked = { result: 'same', correlator: 'sim-1' } as const;
    const check: SimCheck = {
      operator: 'sandbox',
      since: VERIFIED_AT,
      simSwap: { apiVersion: 'sim-swap/v2', ...asked },
      numberRecycling: { apiVersion: 'number-recycling/v0.2', ...asked, specifiedDate: '2026-11-25' },
      at: new Date().toISOString(),
    };
    return { ...rows[0], verifiedAt: VERIFIED_AT, check };
  }

  /** Settles, and Customs acknowledges at once. */
  async function end(declarationId: string, ending: Ending): Promise<void> {
    const key = await db.keys.get(declarationId);
    const opened = await openRow(db.pool, declarationId);
    if (!key || !opened) throw new Error('no such declaration');
    if ('outcome' in ending)
      await db.pool.query(
        `UPDATE declaration_versions SET respond_by = now() - interval '1 s' WHERE declaration_id = $1`,
        [declarationId],
      );
    await transaction(db.pool, async (client) => {
      const row = await lockRow(client, { declarationId, epoch: opened.epoch, step: 1 });
      const outcome = 'outcome' in ending ? ending.outcome : 'as-consented';
      const settling = { writeReport: createReportWriter(sealer), checked: await sameSim(declarationId) };
      const settled = await settle(client, key, row, { outcome }, settling);
      if (settled?.kind !== 'settled') throw new Error('not settled');
      await acknowledge(client, settled.row.outcomeId, 'ACK-1');
      await saveRow(client, row);
    });
  }

  return {
    ...world,
    ...logKeys,
    sealer,
    decide,
    end,
    /** What is settled gets into the log. */
    appendAll: () => appendAll(sequencer),
    make: (query: EvidenceQuery) => makePack({ db, sealer, publicUrl: api.url }, query),
    /** Whole, of a declaration whose receipt is in the log. */
    packOf: async (declarationId: string): Promise<Buffer> => {
      const pack = await makePack({ db, sealer, publicUrl: api.url }, { declarationId });
      if (pack.kind !== 'pack') throw new Error(pack.kind);
      return Buffer.concat([...pack.chunks]);
    },
    trust: async (): Promise<Trust> => ({
      jwks: { keys: (await db.keys.receipts.list()).map(publishedJwk) },
      logKey: logKeys.signer.verifierKey,
    }),
  };
}
