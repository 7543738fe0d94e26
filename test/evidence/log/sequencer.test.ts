import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAlarm } from '../../../db/log/alarm.ts';
import { createHeadStore, type HeadStore } from '../../../db/log/heads.ts';
import { openSalt } from '../../../db/log/queue.ts';
import { latestCheckpoint, leafOf, readEntries, readTiles } from '../../../db/log/tree.ts';
import { createPool } from '../../../db/pool.ts';
import { logEntry } from '../../../domain/log-entry.ts';
import { NOTHING } from '../../../evidence/log/heads.ts';
import { proveConsistency, proveInclusion } from '../../../evidence/log/proofs.ts';
import { createSequencer } from '../../../evidence/log/sequencer.ts';
import { openCheckpoint } from '../../../evidence/verify/checkpoint.ts';
import { leafHash, verifyConsistency, verifyInclusion } from '../../../evidence/verify/merkle.ts';
import { createLogKeys } from '../../support/log-keys.ts';
import {
  appendAll,
  behindTheBack,
  createLogWorld,
  type LogWorld,
  settleOutcomes,
} from '../../support/log-world.ts';

let world: LogWorld;
beforeEach(async () => {
  world = await createLogWorld();
});
afterEach(() => world?.close());

const head = async () => {
  const latest = await latestCheckpoint(world.pool);
  if (!latest) throw new Error('no checkpoint');
  return latest;
};
const read = (ids: Parameters<typeof readTiles>[1]) => readTiles(world.pool, ids);
const count = async (table: string) =>
  Number((await world.pool.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n);
const copy = () => world.deps.heads.read(world.signer.origin);

/** A store of heads in which one thing goes wrong, as when the process is killed there. */
const killedAt = (name: keyof HeadStore): HeadStore => ({
  ...world.deps.heads,
  [name]: async () => {
    throw new Error('killed');
  },
});

describe('what was settled', () => {
  it('is in the log once, in the order of settling, and each entry proves its receipt', async () => {
    const settled = await settleOutcomes(world, 300);
    expect(await appendAll(world.sequencer)).toBe(300);
    const { size, root, note, published } = await head();
    expect([size, published, await count('log_queue')]).toEqual([300, true, 0]);
    expect(openCheckpoint(note, world.log)).toMatchObject({ size, root });
    const { rows } = await world.pool.query('SELECT outcome_id FROM log_leaves ORDER BY leaf_index');
    expect(rows.map((row) => row.outcome_id)).toEqual(settled.map(({ outcomeId }) => outcomeId));
    for (const { outcomeId, declarationId, receipt } of settled.filter((_, i) => i % 97 === 0)) {
      const leaf = await leafOf(world.pool, outcomeId);
      const key = await world.db.keys.get(declarationId);
      if (!leaf || !key) throw new Error('no leaf');
      const entry = Buffer.from(logEntry(openSalt(key, outcomeId, leaf.sealedSalt), receipt));
      expect(leaf.entry).toEqual(entry);
      const { leafIndex } = leaf;
      const proof = await proveInclusion(read, leafIndex, size);
      expect(verifyInclusion({ leafIndex, treeSize: size, leaf: leafHash(entry), root, proof })).toBe(true);
    }
  });

  it('extends what was there: every checkpoint begins with all earlier ones', async () => {
    const heads = [];
    for (const batch of [1, 254, 1, 1, 60]) {
      await settleOutcomes(world, batch);
      await appendAll(world.sequencer);
      heads.push(await head());
    }
    const last = heads.at(-1) ?? (await head());
    expect(last.size).toBe(317);
    for (const { size, root } of heads) {
      const proof = await proveConsistency(read, size, last.size);
      const claim = { from: size, to: last.size, fromRoot: root, toRoot: last.root, proof };
      expect(verifyConsistency(claim)).toBe(true);
    }
  });

  it('tells nothing of anybody: an entry without its salt, and equal receipts, have nothing in common', async () => {
    await settleOutcomes(world, 2, () => 'the.same.receipt');
    await appendAll(world.sequencer);
    const [a, b] = await readEntries(world.pool, 0, 2);
    expect(a?.entry).not.toEqual(b?.entry);
  });

  it('begins a log with an empty checkpoint, so that monitors have somewhere to begin', async () => {
    expect(await world.sequencer.turn()).toEqual({ kind: 'nothing-waits' });
    expect(await head()).toMatchObject({ size: 0, published: true });
    expect((await copy())?.size).toBe(0);
  });

  it('without a receipt is not in the log', async () => {
    const [settled] = await settleOutcomes(world, 1);
    await world.pool.query('DELETE FROM log_queue');
    await world.pool.query('DELETE FROM version_outcomes');
    await world.pool.query(
      `INSERT INTO version_outcomes (outcome_id, declaration_id, version, outcome, decided_at)
       VALUES (gen_random_uuid(), $1, 1, 'superseded', now())`,
      [settled?.declarationId],
    );
    expect(await count('log_queue')).toBe(0);
  });

  it('is put into the log in batches, each under a checkpoint', async () => {
    await settleOutcomes(world, 25);
    await appendAll(createSequencer({ ...world.deps, batch: 10 }));
    const { rows } = await world.pool.query('SELECT tree_size FROM log_checkpoints ORDER BY tree_size');
    expect(rows.map((row) => row.tree_size)).toEqual([0, 10, 20, 25]);
  });
});

describe('an outcome of which no leaf can be made', () => {
  it('holds nobody up: it is refused, and tried again later', async () => {
    const [shredded, unreadable, missing] = await settleOutcomes(world, 4);
    await world.db.keys.destroy(shredded?.declarationId ?? '');
    await behindTheBack(world.pool, async (db) => {
      await db.query(`UPDATE version_outcomes SET sealed_report = '\\x01' WHERE outcome_id = $1`, [
        unreadable?.outcomeId,
      ]);
      await db.query('DELETE FROM version_outcomes WHERE outcome_id = $1', [missing?.outcomeId]);
    });
    expect(await appendAll(world.sequencer)).toBe(1);
    const { rows } = await world.pool.query('SELECT refused FROM log_queue ORDER BY outcome_id');
    expect(rows.map((row) => row.refused)).toEqual(['shredded', 'unreadable', 'missing']);
    await world.pool.query(`UPDATE log_queue SET refused_at = now() - interval '2 hours'`);
    expect(await world.sequencer.turn()).toEqual({ kind: 'nothing-waits' });
    expect(await count('log_queue')).toBe(3);
  });

  it('because it has one already leaves the queue', async () => {
    await settleOutcomes(world, 2);
    await appendAll(world.sequencer);
    await world.pool.query('INSERT INTO log_queue (outcome_id) SELECT outcome_id FROM log_leaves');
    expect(await appendAll(world.sequencer)).toBe(0);
    expect([await count('log_queue'), (await head()).size]).toEqual([0, 2]);
  });
});

describe('sequencers at once', () => {
  it('put 1,000 outcomes into the log exactly once while they are being settled', async () => {
    const others = Array.from({ length: 3 }, () => {
      const pool = createPool(world.database.databaseUrl, { max: 3 });
      const keysPool = createPool(world.database.keysUrl, { max: 2 });
      return { pool, keysPool, deps: { ...world.deps, pool, heads: createHeadStore(keysPool), batch: 37 } };
    });
    let settling = true;
    const sequencers = others.map(async ({ deps }) => {
      const { turn } = createSequencer(deps);
      while (settling) await turn();
    });
    const settleSome = async () => {
      const some = [];
      for (let i = 0; i < 25; i++) some.push(...(await settleOutcomes(world, 10)));
      return some;
    };
    const settled = (await Promise.all([1, 2, 3, 4].map(settleSome))).flat();
    settling = false;
    await Promise.all(sequencers);
    await appendAll(world.sequencer);
    const { rows } = await world.pool.query(
      'SELECT leaf_index, outcome_id FROM log_leaves ORDER BY leaf_index',
    );
    expect(rows.map((row) => row.leaf_index)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(new Set(rows.map((row) => row.outcome_id))).toEqual(new Set(settled.map((one) => one.outcomeId)));
    expect(await openAlarm(world.pool)).toBe(null);
    expect(await copy()).toEqual({ size: 1000, root: (await head()).root });
    await Promise.all(others.flatMap(({ pool, keysPool }) => [pool.end(), keysPool.end()]));
  }, 60_000);
});

describe('a sequencer that is killed', () => {
  it('before it commits leaves nothing behind', async () => {
    await settleOutcomes(world, 5);
    await world.sequencer.turn();
    await settleOutcomes(world, 5);
    const dying = createSequencer({
      ...world.deps,
      signer: {
        ...world.signer,
        sign: () => {
          throw new Error('killed');
        },
      },
    });
    await expect(dying.turn()).rejects.toThrow('killed');
    expect([(await head()).size, await count('log_leaves'), await count('log_queue')]).toEqual([5, 5, 5]);
    expect(await appendAll(world.sequencer)).toBe(5);
  });

  it('before the second copy knows shows nothing; the next turn goes on from there', async () => {
    await appendAll(world.sequencer);
    await settleOutcomes(world, 5);
    const dying = createSequencer({ ...world.deps, heads: killedAt('move') });
    await expect(dying.turn()).rejects.toThrow('killed');
    expect(await head()).toMatchObject({ size: 5, published: false });
    expect((await copy())?.size).toBe(0);
    expect(await appendAll(world.sequencer)).toBe(0);
    expect(await head()).toMatchObject({ size: 5, published: true });
    expect((await copy())?.size).toBe(5);
  });

  it('as the log begins begins it again', async () => {
    const dying = createSequencer({ ...world.deps, heads: killedAt('begin') });
    await expect(dying.turn()).rejects.toThrow('killed');
    await world.deps.heads.begin(world.signer.origin, NOTHING);
    expect(await appendAll(world.sequencer)).toBe(0);
    expect(await head()).toMatchObject({ size: 0, published: true });
  });
});

describe('a log that does not hold together', () => {
  const halted = async () => {
    const turn = await world.sequencer.turn();
    if (turn.kind !== 'halted' || !turn.raised) throw new Error(`no alarm: ${turn.kind}`);
    // One alarm, told once; nothing is appended any more.
    expect(await world.sequencer.turn()).toEqual({ kind: 'halted', raised: null });
    expect(await count('log_alarms')).toBe(1);
    return turn.raised.kind;
  };

  beforeEach(async () => {
    await settleOutcomes(world, 3);
    await appendAll(world.sequencer);
    await settleOutcomes(world, 4);
    await appendAll(world.sequencer);
  });

  it('because the database was set back is found, and what is settled waits', async () => {
    await behindTheBack(world.pool, async (db) => {
      await db.query('DELETE FROM log_leaves WHERE leaf_index >= 3');
      await db.query('DELETE FROM log_checkpoints WHERE tree_size > 3');
      await db.query('UPDATE log_tiles SET hashes = substr(hashes, 1, 96)');
    });
    expect(await halted()).toBe('rolled-back');
    await settleOutcomes(world, 2);
    await world.sequencer.turn();
    expect([await count('log_queue'), (await head()).size]).toEqual([2, 3]);
  });

  it('because it began anew is found', async () => {
    await behindTheBack(world.pool, async (db) => {
      for (const table of ['log_leaves', 'log_checkpoints', 'log_tiles'])
        await db.query(`DELETE FROM ${table}`);
    });
    expect(await halted()).toBe('rolled-back');
  });

  it('because it went another way with the right key is found', async () => {
    const kept = await copy();
    await world.keysPool.query('UPDATE log_heads SET tree_size = 3, root = $1', [
      (await world.pool.query('SELECT root FROM log_checkpoints WHERE tree_size = 3')).rows[0].root,
    ]);
    await behindTheBack(world.pool, async (db) => {
      await db.query('DELETE FROM log_leaves WHERE leaf_index >= 3');
      await db.query('DELETE FROM log_checkpoints WHERE tree_size > 3');
      await db.query('UPDATE log_tiles SET hashes = substr(hashes, 1, 96)');
    });
    await settleOutcomes(world, 4);
    await appendAll(world.sequencer);
    await world.keysPool.query('UPDATE log_heads SET tree_size = $1, root = $2', [kept?.size, kept?.root]);
    expect(await halted()).toBe('forked');
  });

  it.each([
    [
      'a tile was changed',
      `UPDATE log_tiles SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1)`,
      'edited',
    ],
    ['a tile is gone', 'DELETE FROM log_tiles', 'edited'],
    [
      'a root was changed',
      `UPDATE log_checkpoints SET root = set_byte(root, 0, get_byte(root, 0) # 1)`,
      'edited',
    ],
    [
      'a checkpoint was changed',
      `UPDATE log_checkpoints SET note = replace(note, chr(10) || '7', chr(10) || '8')`,
      'edited',
    ],
    [
      'a checkpoint was added',
      `INSERT INTO log_checkpoints SELECT 8, root, note FROM log_checkpoints WHERE tree_size = 7`,
      'edited',
    ],
    [
      'a leaf was added',
      `INSERT INTO log_leaves SELECT 7, gen_random_uuid(), entry, sealed_salt FROM log_leaves WHERE leaf_index = 0`,
      'edited',
    ],
  ])('because %s is found', async (_, change, kind) => {
    await behindTheBack(world.pool, (db) => db.query(change));
    expect(await halted()).toBe(kind);
  });

  it('because its second copy is gone is found', async () => {
    await world.keysPool.query('DELETE FROM log_heads');
    expect(await halted()).toBe('second-copy-missing');
  });

  it('because it has another key is found: nothing is signed by two', async () => {
    const other = createSequencer({ ...world.deps, signer: createLogKeys().signer });
    expect(await other.turn()).toMatchObject({ kind: 'halted', raised: { kind: 'other-key' } });
  });

  it('refuses changes of its leaves to whoever does not switch triggers off', async () => {
    await expect(world.pool.query('DELETE FROM log_leaves')).rejects.toThrow('append-only');
    await expect(world.pool.query(`UPDATE log_leaves SET entry = entry`)).rejects.toThrow('append-only');
  });
});
