/** Declarations, people and answers, put into the database as the API would; for tests and benchmarks of the process. */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../db/database.ts';
import type { Checked } from '../../db/poa/sim-check.ts';
import { hashSecret, seal } from '../../db/seal.ts';
import { canonicalForm } from '../../domain/canonical.ts';
import type { DeclarationContent } from '../../domain/declaration.ts';
import type { Decision, Order } from '../../domain/outcome.ts';
import type { Processes } from '../../gateways/temporal.ts';

export const BOX_NUMBER = 'A123';
export const PHONE = '+886912345678';
export const NAME = '王小明';

/** What the fixtures write to. */
export interface Records {
  db: Database;
  brokerId: string;
  processes: Pick<Processes, 'startPoa'>;
  /** Makes a number known to the operator, where it is not yet. */
  subscriber?(phone: string): Promise<void>;
}

export const content = (changes: Partial<DeclarationContent> = {}): DeclarationContent => ({
  functionalReference: `B-${randomBytes(4).toString('hex').toUpperCase()}`,
  masterWaybill: '29712345675',
  houseWaybill: `H${randomBytes(6).toString('hex').toUpperCase()}`,
  flight: 'CI0006',
  importDate: '2026-11-24',
  importer: { name: NAME, phone: PHONE },
  goods: [
    {
      sequence: 1,
      description: 'running shoes',
      quantity: '2',
      unit: 'PCE',
      price: '35.50',
      currency: 'USD',
    },
  ],
  packages: 1,
  grossMassKg: '1.85',
  ...changes,
});

/** How a person was verified, as registration leaves it. */
const verification = (verifiedAt = new Date()) => ({
  operator: 'sandbox',
  method: 'camara-number-verification+kyc-match',
  correlator: uuidv7(),
  verifiedAt: verifiedAt.toISOString(),
});

/** A person bound to a phone, as registration leaves it. */
export async function bindPerson(
  { db, subscriber }: Records,
  phone = PHONE,
  name = NAME,
  verifiedAt?: Date,
): Promise<string> {
  await subscriber?.(phone);
  const registrationId = uuidv7();
  const subjectId = uuidv7();
  const person = { idNumber: 'A123456789', idType: 'national_id_card', name, birthDate: '1990-01-01', phone };
  const registrationKey = await db.keys.create(registrationId, 'registration');
  await db.pool.query(
    `INSERT INTO registrations (registration_id, status, sealed, operator, locale, notice_version, browser_hash, subject_id)
     VALUES ($1, 'bound', $2, 'sandbox', 'zh-TW', '2026-11', '\\x00', $3)`,
    [registrationId, seal(registrationKey, `registrations/${registrationId}/sealed`, person), subjectId],
  );
  const key = await db.keys.create(subjectId, 'identity');
  await db.pool.query(
    `INSERT INTO identities (subject_id, registration_id, id_index, phone_index, sealed, verification, bound_at)
     VALUES ($1, $2, $3, $4, $5, $6, now())`,
    [
      subjectId,
      registrationId,
      randomBytes(32),
      db.index.ofPhone(phone),
      seal(key, `identities/${subjectId}/sealed`, person),
      verification(verifiedAt),
    ],
  );
  return subjectId;
}

export interface Lodged {
  declarationId: string;
  content: DeclarationContent;
}

/** A declaration as the API records it, its workflow started. */
export async function declare(
  world: Records,
  order: Order,
  options: { content?: DeclarationContent; respondBy?: Date; start?: boolean } = {},
): Promise<Lodged> {
  const { db, brokerId, processes } = world;
  const declarationId = uuidv7();
  const submitted = options.content ?? content();
  const respondBy = options.respondBy ?? new Date(Date.now() + 72 * 3_600_000);
  const key = await db.keys.create(declarationId, 'declaration');
  const { text, digest } = canonicalForm(submitted, BOX_NUMBER);
  const phoneIndex = db.index.ofPhone(submitted.importer.phone);
  await db.pool.query(
    `INSERT INTO declarations (declaration_id, broker_id, poa_order, functional_reference, master_waybill, house_waybill,
       digest, respond_by, phone_index) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      declarationId,
      brokerId,
      order,
      submitted.functionalReference,
      submitted.masterWaybill,
      submitted.houseWaybill,
      digest,
      respondBy,
      phoneIndex,
    ],
  );
  await insertVersion(world, { declarationId, version: 1, content: submitted, respondBy, state: 'in-force' });
  if (order === 'customs-started') {
    await db.pool.query(
      `WITH numbered AS (UPDATE declarations SET declaration_number = $4 WHERE declaration_id = $1)
       INSERT INTO contexts (declaration_id, version, digest, declaration_number, sealed, taken_at)
       VALUES ($1, 1, $2, $4, $3, now())`,
      [
        declarationId,
        digest,
        seal(key, `contexts/${declarationId}.1/sealed`, { canonical: text }),
        `CX26${randomBytes(4).toString('hex').toUpperCase()}`,
      ],
    );
  }
  if (options.start !== false) {
    await processes.startPoa({ declarationId, brokerBoxNumber: BOX_NUMBER, order, respondBy });
  }
  return { declarationId, content: submitted };
}

async function insertVersion(
  { db }: Records,
  v: { declarationId: string; version: number; content: DeclarationContent; respondBy: Date; state: string },
): Promise<void> {
  const key = await db.keys.get(v.declarationId);
  if (!key) throw new Error('no key');
  const { text, digest } = canonicalForm(v.content, BOX_NUMBER);
  await db.pool.query(
    `INSERT INTO declaration_versions (declaration_id, version, digest, respond_by, phone_index, functional_reference,
       master_waybill, house_waybill, sealed, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      v.declarationId,
      v.version,
      digest,
      v.respondBy,
      db.index.ofPhone(v.content.importer.phone),
      v.content.functionalReference,
      v.content.masterWaybill,
      v.content.houseWaybill,
      seal(key, `declaration_versions/${v.declarationId}.${v.version}/sealed`, {
        submitted: v.content,
        canonical: text,
      }),
      v.state,
    ],
  );
}

/** Records a proposal as the API does; the caller sends it. */
export async function propose(
  world: Records,
  declarationId: string,
  proposal:
    | { kind: 'amendment'; version: number; content: DeclarationContent; respondBy?: Date }
    | { kind: 'cancellation' | 'retry' },
): Promise<string> {
  const proposalId = uuidv7();
  if (proposal.kind === 'amendment') {
    const respondBy = proposal.respondBy ?? new Date(Date.now() + 72 * 3_600_000);
    await insertVersion(world, {
      declarationId,
      version: proposal.version,
      content: proposal.content,
      respondBy,
      state: 'proposed',
    });
  }
  await world.db.pool.query(
    `INSERT INTO proposals (proposal_id, declaration_id, kind, version, reason) VALUES ($1, $2, $3, $4, 'other')`,
    [proposalId, declarationId, proposal.kind, proposal.kind === 'amendment' ? proposal.version : null],
  );
  return proposalId;
}

/** A consent as the API keeps it, in time only: null when the version cannot be answered any more. */
export async function keepConsent(
  { db }: Records,
  declarationId: string,
  decision: Decision,
  version = 1,
  words: { lines?: number[]; note?: string } = {},
): Promise<string | null> {
  const consentId = uuidv7();
  const key = (await db.keys.get(declarationId)) ?? Buffer.alloc(32);
  const evidence = { ...(words.note !== undefined && { note: words.note }) };
  const client = await db.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(
      'SELECT 1 FROM declaration_versions WHERE declaration_id = $1 AND version = $2 FOR UPDATE',
      [declarationId, version],
    );
    const { rowCount } = await client.query(
      `INSERT INTO consents (consent_id, declaration_id, version, digest, subject_id, decision, credential_id, assertion_hash, sealed, lines)
       SELECT $1, v.declaration_id, v.version, v.digest, v.shown_to, $4, '\\x00', $5, $6, $7
       FROM declaration_versions v JOIN declarations d USING (declaration_id, version)
       WHERE v.declaration_id = $2 AND v.version = $3 AND v.shown_to IS NOT NULL AND clock_timestamp() <= v.respond_by
         AND NOT EXISTS (SELECT 1 FROM version_outcomes o WHERE o.declaration_id = $2 AND o.version = $3 AND o.set_aside_at IS NULL)
         AND NOT EXISTS (SELECT 1 FROM consents c WHERE c.declaration_id = $2 AND c.version = $3 AND c.verdict IN ('pending', 'accepted'))`,
      [
        consentId,
        declarationId,
        version,
        decision,
        hashSecret(consentId),
        seal(key, `consents/${consentId}/sealed`, evidence),
        words.lines ?? null,
      ],
    );
    await client.query('COMMIT');
    return rowCount === 1 ? consentId : null;
  } finally {
    client.release();
  }
}

/** A SIM check that a confirmation passed, as the operator's answers make it. */
export async function passedCheck({ db }: Pick<Records, 'db'>, consentId: string): Promise<Checked> {
  const { rows } = await db.pool.query<{ verifiedAt: string }>(
    `SELECT verification->>'verifiedAt' AS "verifiedAt" FROM consents JOIN identities USING (subject_id) WHERE consent_id = $1`,
    [consentId],
  );
  const verifiedAt = rows[0]?.verifiedAt ?? '';
  const same = { result: 'same' as const, correlator: uuidv7() };
  const simSwap = { apiVersion: 'sim-swap/v2', ...same };
  const numberRecycling = { apiVersion: 'number-recycling/v0.2', ...same, specifiedDate: '2026-11-25' };
  const check = {
    operator: 'sandbox',
    since: verifiedAt,
    simSwap,
    numberRecycling,
    at: new Date().toISOString(),
  };
  return { consentId, verifiedAt, check };
}
