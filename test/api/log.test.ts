/** The transparency log as monitors, witnesses and verifiers read it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAlarm } from '../../db/log/alarm.ts';
import { auditLog } from '../../evidence/audit/log.ts';
import { tilePath, tileWidth } from '../../evidence/log/layout.ts';
import { openCheckpoint } from '../../evidence/verify/checkpoint.ts';
import { HASH_BYTES, leafHash, verifyConsistency, verifyInclusion } from '../../evidence/verify/merkle.ts';
import { formatSignatureLine, parseNote, parseVerifierKey } from '../../evidence/verify/note.ts';
import { apiDeps, listen, recordProcesses } from '../support/api-world.ts';
import { createLogKeys } from '../support/log-keys.ts';
import {
  appendAll,
  behindTheBack,
  createLogWorld,
  type LogWorld,
  settleOutcomes,
} from '../support/log-world.ts';
import { call } from '../support/stand-in.ts';

const COUNT = 300;
let world: LogWorld;
let server: Awaited<ReturnType<typeof listen>>;

beforeAll(async () => {
  world = await createLogWorld();
  const deps = await apiDeps(world.db, recordProcesses().processes);
  const log = { verifierKey: world.signer.verifierKey, witnesses: [world.witness] };
  server = await listen({ ...deps, settings: { ...deps.settings, log } });
});
afterAll(async () => {
  await server?.close();
  await world?.close();
});

const get = (path: string) => fetch(`${server.url}${path}`);
const bytes = async (path: string) => Buffer.from(await (await get(path)).arrayBuffer());
const json = async (path: string) => call('GET', `${server.url}${path}`);
const checkpoint = async () => (await get('/log/checkpoint')).text();
const opened = async () => openCheckpoint(await checkpoint(), world.log, [world.witnessKey]);
const append = async (count: number) => {
  await settleOutcomes(world, count);
  await appendAll(world.sequencer);
};

describe('before the log begins', () => {
  test.each([
    '/log/checkpoint',
    '/log/v1/cosigned-checkpoint',
    '/log/tile/0/000.p/1',
    '/log/tile/entries/000.p/1',
  ])('there is no %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});

describe('monitors', () => {
  beforeAll(() => append(COUNT));

  test('read the checkpoint as text, which nobody keeps for long', async () => {
    const { status, headers } = await get('/log/checkpoint');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(headers.get('cache-control')).toBe('public, max-age=1');
    expect(await opened()).toMatchObject({ origin: world.signer.origin, size: COUNT });
  });

  test('are told the key that verifies it', async () => {
    const { body } = await json('/log/v1/keys');
    const { origin, verifierKey } = world.signer;
    expect(body).toEqual({ origin, verifierKey, witnesses: [world.witness] });
    expect(parseVerifierKey(body.verifierKey).name).toBe(origin);
  });

  test('follow the tiles and the entries that the checkpoint covers, and may keep them for ever', async () => {
    const { size } = await opened();
    for (const index of [0, 1]) {
      const width = tileWidth(size, { level: 0, index });
      const tile = await bytes(`/log/tile/${tilePath({ kind: 'hashes', level: 0, index, width })}`);
      const bundle = await bytes(`/log/tile/${tilePath({ kind: 'entries', level: 0, index, width })}`);
      for (let i = 0; i < width; i++) {
        const entry = bundle.subarray(i * 35 + 2, (i + 1) * 35);
        expect(bundle.readUInt16BE(i * 35)).toBe(33);
        expect(leafHash(entry)).toEqual(tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
      }
      expect([tile.length, bundle.length]).toEqual([width * HASH_BYTES, width * 35]);
    }
    const { headers } = await get('/log/tile/0/000');
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  test('find a tile in part that is full by now', async () => {
    const whole = await bytes('/log/tile/0/000');
    expect(await bytes('/log/tile/0/000.p/7')).toEqual(whole.subarray(0, 7 * HASH_BYTES));
    expect(await bytes('/log/tile/1/000.p/1')).toHaveLength(HASH_BYTES);
  });

  test.each([
    '0/001',
    '0/001.p/45',
    '0/002.p/1',
    '1/000',
    '2/000.p/1',
    'entries/001',
    'entries/001.p/45',
    '0/0',
    '0/000.p/256',
    'x/000',
    '0/000/001',
    '64/000',
  ])('get 404 for %s, which this tree does not have', async (path) => {
    const { status, headers } = await get(`/log/tile/${path}`);
    expect([status, headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  test('see nothing that was signed and not yet published', async () => {
    await world.pool.query(
      `INSERT INTO log_checkpoints (tree_size, root, note) SELECT tree_size + 1, root, 'not yet' FROM log_checkpoints
       WHERE tree_size = $1`,
      [COUNT],
    );
    expect((await opened()).size).toBe(COUNT);
    expect((await json(`/log/v1/proofs/inclusion?leafIndex=0&treeSize=${COUNT + 1}`)).status).toBe(404);
    await world.pool.query('DELETE FROM log_checkpoints WHERE tree_size > $1', [COUNT]);
  });

  test('cannot write', async () => {
    expect((await call('POST', `${server.url}/log/checkpoint`)).status).toBe(405);
    expect((await call('DELETE', `${server.url}/log/tile/0/000`)).status).toBe(405);
  });
});

describe('proofs', () => {
  test('of inclusion verify, in the tree of now and in earlier ones', async () => {
    for (const query of ['leafIndex=7', 'leafIndex=299&treeSize=300', 'leafIndex=0&treeSize=1']) {
      const { status, body } = await json(`/log/v1/proofs/inclusion?${query}`);
      expect(status).toBe(200);
      const claim = {
        leafIndex: body.leafIndex,
        treeSize: body.treeSize,
        leaf: Buffer.from(body.leafHash, 'base64'),
        root: Buffer.from(body.rootHash, 'base64'),
        proof: body.proof.map((hash: string) => Buffer.from(hash, 'base64')),
      };
      expect(verifyInclusion(claim)).toBe(true);
    }
  });

  test('of consistency verify', async () => {
    for (const query of ['from=0', 'from=100', 'from=255&to=256', 'from=300&to=300']) {
      const { status, body } = await json(`/log/v1/proofs/consistency?${query}`);
      expect(status).toBe(200);
      const claim = {
        from: body.from,
        to: body.to,
        fromRoot: Buffer.from(body.fromRoot, 'base64'),
        toRoot: Buffer.from(body.toRoot, 'base64'),
        proof: body.proof.map((hash: string) => Buffer.from(hash, 'base64')),
      };
      expect(verifyConsistency(claim)).toBe(true);
    }
  });

  test.each([
    ['inclusion?leafIndex=300', 404],
    ['inclusion?leafIndex=1&treeSize=1', 404],
    ['inclusion?leafIndex=0&treeSize=301', 404],
    ['consistency?from=301', 404],
    ['consistency?from=2&to=1', 404],
    ['inclusion', 400],
    ['inclusion?leafIndex=-1', 400],
    ['inclusion?leafIndex=01', 400],
    ['inclusion?leafIndex=1e3', 400],
    ['inclusion?leafIndex=9007199254740992', 400],
    ['consistency?from=0&more=1', 400],
    ['consistency?to=1', 400],
  ])('%s is %d', async (query, status) => {
    expect((await json(`/log/v1/proofs/${query}`)).status).toBe(status);
  });
});

describe('a witness', () => {
  const time = 1_795_500_000;
  const send = (note: string) =>
    call('POST', `${server.url}/log/v1/cosignatures`, { body: { checkpoint: note } });

  test('adds its signature to the checkpoint that it saw; once is enough, and a newer one takes its place', async () => {
    expect((await get('/log/v1/cosigned-checkpoint')).status).toBe(404);
    const note = await checkpoint();
    const { status, body } = await send(note + world.cosign(note, time));
    expect([status, body]).toEqual([201, { treeSize: COUNT, witnesses: ['customs.example'] }]);
    expect((await send(note + world.cosign(note, time))).status).toBe(200);
    expect((await opened()).cosignatures).toMatchObject([{ name: 'customs.example', time }]);
    expect((await send(note + world.cosign(note, time + 60))).status).toBe(201);
    expect((await send(note + world.cosign(note, time + 30))).status).toBe(200);
    expect((await opened()).cosignatures).toMatchObject([{ time: time + 60 }]);
    const cosigned = await (await get('/log/v1/cosigned-checkpoint')).text();
    await append(1);
    expect(parseNote(await checkpoint()).signatures).toHaveLength(1);
    expect(await (await get('/log/v1/cosigned-checkpoint')).text()).toBe(cosigned);
  });

  test('is refused when it is none of those known, signed something else, or signed nothing', async () => {
    const note = await checkpoint();
    const other = createLogKeys(world.signer.origin);
    const stranger = formatSignatureLine({
      ...(parseNote(note + other.cosign(note, time)).signatures[1] ?? {
        keyId: '',
        signature: Buffer.alloc(0),
      }),
      name: 'stranger.example',
    });
    const elsewhere = world.signer.sign({ size: 1, root: Buffer.alloc(32) });
    for (const wrong of [
      note,
      note + stranger,
      note + world.cosign(elsewhere, time),
      other.signer.sign(await opened()) + world.cosign(note, time),
    ]) {
      expect((await send(wrong)).status).toBe(403);
    }
    for (const nothing of ['', 'text', `${note}text\n`]) expect((await send(nothing)).status).toBe(422);
    expect((await call('POST', `${server.url}/log/v1/cosignatures`, { body: {} })).status).toBe(422);
    expect(await openAlarm(world.pool)).toBe(null);
  });

  test('is told 404 for a checkpoint that is not kept', async () => {
    const { root } = await opened();
    const note = world.signer.sign({ size: 7, root });
    expect((await send(note + world.cosign(note, time))).status).toBe(404);
    expect(await openAlarm(world.pool)).toBe(null);
  });

  test('that holds another checkpoint of ours proves a fork, and a later one that we went back: the alarm', async () => {
    const { size, root } = await opened();
    for (const [kind, head] of [
      ['forked', { size, root: Buffer.alloc(32, 1) }],
      ['rolled-back', { size: size + 5, root }],
    ] as const) {
      const note = world.signer.sign(head);
      expect(await send(note + world.cosign(note, time))).toMatchObject({
        status: 409,
        body: { type: '/problems/version-conflict' },
      });
      expect(await openAlarm(world.pool)).toMatchObject({ kind });
      // What the witness holds is part of every check from now on: an operator cannot go on without it.
      const findings = [];
      for await (const some of auditLog({ ...world.deps, log: world.log })) findings.push(...some);
      expect(findings).toMatchObject([{ kind }]);
      await behindTheBack(world.pool, (db) => db.query('DELETE FROM log_alarms'));
    }
  });
});

describe('operators', () => {
  const gauges = async () => {
    const lines = (await (await get('/metrics')).text()).split('\n');
    return Object.fromEntries(
      lines.filter((line) => line.startsWith('consentry_log_')).map((line) => line.split(' ')),
    );
  };

  test('see how large the log is, what waits for it, and the alarm', async () => {
    await settleOutcomes(world, 2);
    await world.pool.query(`INSERT INTO log_alarms (kind, detail) VALUES ('edited', '')`);
    expect(await gauges()).toEqual({
      consentry_log_size: String(COUNT + 1),
      consentry_log_queue: '2',
      consentry_log_refused: '0',
      consentry_log_alarm: '1',
    });
    await behindTheBack(world.pool, (db) => db.query('DELETE FROM log_alarms'));
    expect((await gauges()).consentry_log_alarm).toBe('0');
    expect((await json('/readyz')).status).toBe(200);
  });
});
