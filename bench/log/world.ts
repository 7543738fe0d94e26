import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { createKeyStore } from '../../db/keys.ts';
import { createHeadStore } from '../../db/log/heads.ts';
import { latestCheckpoint, readTiles, writeAppend } from '../../db/log/tree.ts';
import { KEY_MIGRATIONS, MIGRATIONS, migrate } from '../../db/migrate.ts';
import { createPool, transaction } from '../../db/pool.ts';
import { seal } from '../../db/seal.ts';
import { ENTRY_BYTES } from '../../domain/log-entry.ts';
import { partialTiles } from '../../evidence/log/layout.ts';
import { createSequencer } from '../../evidence/log/sequencer.ts';
import { EMPTY_EDGE, edgeOf, grow, rootOf } from '../../evidence/log/tree.ts';
import { leafHash } from '../../evidence/verify/merkle.ts';
import { pickFree } from '../../scripts/up/ports.ts';
import { createDatabases, startPostgres } from '../../scripts/up/postgres.ts';
import { SYSTEM_DIRECTORY } from '../../scripts/up/postgres-binaries.ts';
import { Supervisor } from '../../scripts/up/processes.ts';
import { createLogKeys } from '../../test/support/log-keys.ts';

export type LogBench = Awaited<ReturnType<typeof openLogBench>>;

/** Both databases on a durable Postgres of their own, with the log and nothing else. */
export async function openLogBench() {
  const parent = process.getuid?.() === 0 ? SYSTEM_DIRECTORY : tmpdir();
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'consentry-bench-'));
  chmodSync(directory, 0o755);
  const supervisor = new Supervisor(directory);
  const postgres = await startPostgres(supervisor, {
    directory: join(directory, 'postgres'),
    port: await pickFree(),
    password: 'bench',
    durable: true,
  });
  await createDatabases(postgres.url('postgres'), ['main', 'keys']);
  await migrate(postgres.url('main'), MIGRATIONS);
  await migrate(postgres.url('keys'), KEY_MIGRATIONS);
  const pool = createPool(postgres.url('main'), { statementTimeoutMs: 600_000 });
  const keysPool = createPool(postgres.url('keys'));
  const keys = createKeyStore(keysPool, randomBytes(32));
  const { signer, log } = createLogKeys();
  const heads = createHeadStore(keysPool);
  return {
    stack: { supervisor },
    pool,
    keys,
    heads,
    log,
    signer,
    sequencer: createSequencer({ pool, keys, heads, signer }),
    declarations: await declare(pool, keys),
    stop: async () => {
      await Promise.all([pool.end(), keysPool.end()]);
      await supervisor.stop('postgres');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Keys are in the cache, as they are in a worker that has just settled. */
const DECLARATIONS = 100;

async function declare(pool: ReturnType<typeof createPool>, keys: ReturnType<typeof createKeyStore>) {
  const ids = Array.from({ length: DECLARATIONS }, () => uuidv7());
  const declared: { id: string; key: Buffer }[] = [];
  for (const id of ids) declared.push({ id, key: await keys.create(id, 'declaration') });
  await pool.query(
    `WITH b AS (INSERT INTO brokers (broker_id, client_id, name, box_number, secret_hash)
                VALUES (gen_random_uuid(), 'b', 'B', 'B', '') RETURNING broker_id),
       d AS (INSERT INTO declarations (declaration_id, broker_id, poa_order, functional_reference, master_waybill,
               house_waybill, digest, respond_by)
             SELECT id, broker_id, 'declare-first', '', '', id::text, '', now() FROM b, unnest($1::uuid[]) AS id)
     INSERT INTO declaration_versions (declaration_id, version, digest, respond_by, functional_reference, master_waybill,
       house_waybill, sealed, state)
     SELECT id, 1, '', now(), '', '', id::text, '', 'in-force' FROM unnest($1::uuid[]) AS id`,
    [ids],
  );
  return declared;
}

/** Bytes of a receipt of the second form. */
const RECEIPT_BYTES = 2_000;

/** Outcomes settled and not yet in the log; earlier ones are taken away, so that only the log grows. */
export async function settleMany({ pool, declarations }: LogBench, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, i) => {
    const { id, key } = declarations[i % declarations.length] ?? { id: '', key: Buffer.alloc(32) };
    const outcomeId = uuidv7();
    const receipt = randomBytes((RECEIPT_BYTES * 3) / 4).toString('base64url');
    const body = JSON.stringify({ declarationId: id, outcome: 'expired', receipt });
    return { outcomeId, id, sealed: seal(key, `version_outcomes/${outcomeId}/sealed_report`, { body }) };
  });
  await pool.query('DELETE FROM version_outcomes');
  await pool.query(
    `INSERT INTO version_outcomes (outcome_id, declaration_id, version, outcome, decided_at, sealed_report, set_aside_at)
     SELECT outcome_id, declaration_id, 1, 'expired', now(), sealed, now()
     FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS s(outcome_id, declaration_id, sealed)`,
    [rows.map((row) => row.outcomeId), rows.map((row) => row.id), rows.map((row) => row.sealed)],
  );
}

/** Grows the log to a size with entries of nothing, past the queue: for what is measured in a large log. */
export async function fill({ pool, signer }: LogBench, size: number): Promise<void> {
  const { size: from = 0 } = (await latestCheckpoint(pool)) ?? {};
  let edge = edgeOf(from, await readTiles(pool, partialTiles(from))) ?? EMPTY_EDGE;
  while (edge.size < size) {
    const leaves = Array.from({ length: Math.min(FILL_AT_ONCE, size - edge.size) }, () => ({
      outcomeId: uuidv7(),
      entry: randomBytes(ENTRY_BYTES),
      sealedSalt: randomBytes(SEALED_SALT_BYTES),
    }));
    const grown = grow(
      edge,
      leaves.map(({ entry }) => leafHash(entry)),
    );
    const head = { size: grown.edge.size, root: rootOf(grown.edge) };
    await transaction(pool, async (client) => {
      await writeAppend(client, {
        from: edge.size,
        leaves,
        tiles: grown.tiles,
        head,
        note: signer.sign(head),
      });
    });
    edge = grown.edge;
  }
}

const FILL_AT_ONCE = 10_000;
/** Format, IV, tag and the salt as JSON (db/seal.ts). */
const SEALED_SALT_BYTES = 74;
