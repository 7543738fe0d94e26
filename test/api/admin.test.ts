/** `npm run admin` as an operator types it. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { newCaseId, openFraudCase } from '../../db/fraud-cases.ts';
import { createKeyStore } from '../../db/keys.ts';
import { createPool } from '../../db/pool.ts';
import { createBlindIndex, hashSecret } from '../../db/seal.ts';
import { admin, type Ran } from '../support/admin.ts';
import { insertBroker, recordProcesses } from '../support/api-world.ts';
import { answer, outcomesOf } from '../support/poa-acts.ts';
import { BOX_NUMBER, bindPerson, content, declare, NAME } from '../support/poa-fixtures.ts';
import { control, createPoaWorld, ended, type PoaWorld, until } from '../support/poa-world.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';

/** The same as a process of its own. */
function spawned(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ran> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/admin.ts', ...args], {
    env: { PATH: process.env.PATH, ...env },
  });
  const ran: Ran = { code: null, out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    ran.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    ran.err += chunk;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...ran, code })));
}

describe('the command line', () => {
  const nowhere = (...args: string[]) => admin({}, ...args);

  test.each([
    [['--help'], ['broker create', 'poa resolve', 'Exit codes']],
    [
      ['broker', '--help'],
      ['broker create', 'broker rotate-key'],
    ],
    [
      ['poa', 'resolve', '--help'],
      ['--acknowledgement N', '--by NAME'],
    ],
  ])('%j explains itself', async (args, parts) => {
    const { code, out, err } = await nowhere(...args);
    expect([code, err]).toEqual([0, '']);
    for (const part of parts) expect(out).toContain(part);
  });

  test.each([
    [[], 'What is to be done?'],
    [['broker'], 'What is to be done?'],
    [['toString'], 'There is no "toString".'],
    [['broker', 'constructor'], 'There is no "broker constructor".'],
    [['broker', 'create', '--name', 'x'], 'broker create needs --box-number.'],
    [['broker', 'create', '--name', ' ', '--box-number', 'A1'], 'broker create needs --name.'],
    [['broker', 'list', 'all'], 'broker list does not take "all".'],
    [['broker', 'list', '--all'], "Unknown option '--all'"],
    [['poa', 'show'], 'poa show needs <declarationId>.'],
    [['poa', 'show', 'x'], '"x" is no declaration id.'],
  ])('%j is not understood: exit code 2, nothing on the output', async (args, message) => {
    const { code, out, err } = await nowhere(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  test('says where its settings come from when there are none', async () => {
    const { code, err } = await nowhere('broker', 'list', '--data', '/nowhere');
    expect([code, err]).toEqual([1, 'Set DATABASE_URL, or run npm start: nothing runs on /nowhere.\n']);
  });

  test('is the same as a process: words on the output, errors apart, and the exit code', async () => {
    expect(await spawned({}, 'poa', '--help')).toEqual(await nowhere('poa', '--help'));
    expect(await spawned({}, 'poa', 'show', 'x')).toEqual(await nowhere('poa', 'show', 'x'));
  });

  test('says that the database is out of reach', async () => {
    const { code, err } = await admin({ DATABASE_URL: 'postgres://127.0.0.1:1/none' }, 'broker', 'list');
    expect([code, err]).toEqual([1, 'connect ECONNREFUSED 127.0.0.1:1\n']);
  });
});

describe('with a database', () => {
  let database: TestDatabase;
  let db: Database;
  let env: NodeJS.ProcessEnv;
  let brokerId: string;
  let close: () => Promise<void>;
  beforeAll(async () => {
    database = await cloneDatabase();
    const pool = createPool(database.databaseUrl);
    const keysPool = createPool(database.keysUrl);
    const masterKey = randomBytes(32);
    db = { pool, keys: createKeyStore(keysPool, masterKey), index: createBlindIndex(randomBytes(32)) };
    env = {
      DATABASE_URL: database.databaseUrl,
      KEYS_DATABASE_URL: database.keysUrl,
      MASTER_KEY: masterKey.toString('base64'),
    };
    brokerId = await insertBroker(db, BOX_NUMBER);
    close = async () => {
      await Promise.all([pool.end(), keysPool.end()]);
      await database.drop();
    };
  });
  afterAll(() => close?.());

  const secretHash = async (clientId: string) => {
    const { rows } = await db.pool.query('SELECT secret_hash FROM brokers WHERE client_id = $1', [clientId]);
    return rows[0]?.secret_hash as Buffer | undefined;
  };
  const member = ({ out }: Ran, name: string) => new RegExp(`${name} +(\\S+)`).exec(out)?.[1] ?? '';

  test('a broker is created with a secret told once, gets another, and is revoked for good', async () => {
    const created = await admin(env, 'broker', 'create', '--name', '快遞一', '--box-number', 'CX009');
    expect(created).toMatchObject({ code: 0, err: '' });
    const clientId = member(created, 'clientId');
    expect(await secretHash(clientId)).toEqual(hashSecret(member(created, 'clientSecret')));
    const rotated = await admin(env, 'broker', 'rotate-key', clientId);
    expect(member(rotated, 'clientSecret')).not.toBe(member(created, 'clientSecret'));
    expect(await secretHash(clientId)).toEqual(hashSecret(member(rotated, 'clientSecret')));
    expect(await admin(env, 'broker', 'revoke', clientId)).toMatchObject({ code: 0 });
    expect(await admin(env, 'broker', 'rotate-key', clientId)).toMatchObject({ code: 1, out: '' });
    const { out } = await admin(env, 'broker', 'list');
    expect(out).toMatch(new RegExp(`${clientId} +CX009 +快遞一 +\\S+Z +\\S+Z`));
    expect(out).not.toContain(member(rotated, 'clientSecret'));
  });

  test("an administrator is invited to a broker's console by a link that is told once", async () => {
    const PUBLIC_URL = 'https://consentry.example/';
    const { code, out } = await admin(
      { ...env, PUBLIC_URL },
      'broker',
      'invite',
      BOX_NUMBER,
      '--name',
      '陳經理',
    );
    expect(code).toBe(0);
    const token = /https:\/\/consentry\.example\/console\/join#([\w-]{43})/.exec(out)?.[1] ?? '';
    const { rows } = await db.pool.query(
      `SELECT u.role, i.expires_at - now() AS left FROM console_invitations i JOIN broker_users u USING (user_id)
       WHERE token_hash = $1 AND broker_id = $2`,
      [hashSecret(token), brokerId],
    );
    expect(rows).toMatchObject([{ role: 'admin' }]);
    expect(await admin({ ...env, PUBLIC_URL }, 'broker', 'invite', 'nobody')).toMatchObject({
      code: 1,
      out: '',
    });
    expect(await admin(env, 'broker', 'invite', BOX_NUMBER)).toMatchObject({
      code: 1,
      err: 'PUBLIC_URL is needed for this.\n',
    });
  });

  test('a box number has one broker, and an unknown client none', async () => {
    const again = await admin(env, 'broker', 'create', '--name', 'x', '--box-number', BOX_NUMBER);
    expect(again).toMatchObject({ code: 1, out: '', err: `Box number ${BOX_NUMBER} has a broker.\n` });
    expect(await admin(env, 'broker', 'revoke', 'nobody')).toMatchObject({ code: 1, out: '' });
  });

  test('a receipt key is made, retires, and is revoked as of a time; all are listed, no private half', async () => {
    expect(await admin(env, 'keys', 'list')).toMatchObject({
      code: 0,
      out: expect.stringContaining('no key'),
    });
    const kid = ({ out }: Ran) => out.split(' ')[0] ?? '';
    const first = kid(await admin(env, 'keys', 'rotate'));
    const second = kid(await admin(env, 'keys', 'rotate'));
    const { out } = await admin(env, 'keys', 'list');
    expect(out).toMatch(new RegExp(`${second} +seals +\\S+Z\n +${first} +retires +\\S+Z +\\S+Z`));
    expect(out).not.toContain((await db.keys.receipts.sealing())?.d);
    const revoke = (key: string, at = '2026-11-24T08:00:00+08:00') =>
      admin(env, 'keys', 'revoke', key, '--at', at, '--reason', 'stolen');
    expect(await revoke(first)).toMatchObject({ code: 1, err: expect.stringContaining('rotate first') });
    // Ids are base64url: one in 64 begins so.
    for (const none of ['none', '-none'])
      expect(await revoke(none)).toMatchObject({ code: 1, err: `There is no key ${none}.\n` });
    expect(await revoke(first, 'yesterday')).toMatchObject({ code: 2, out: '' });
    expect(await revoke(first, '2999-01-01T00:00:00Z')).toMatchObject({ code: 2, out: '' });
  });

  test('a POA is shown without personal data; revealed only when asked', async () => {
    const { processes } = recordProcesses();
    const importer = { name: '林美麗', phone: '+886987654321' };
    const { declarationId } = await declare({ db, brokerId, processes }, 'customs-started', {
      content: content({ importer }),
      start: false,
    });
    const shown = await admin(env, 'poa', 'show', declarationId);
    expect(shown).toMatchObject({ code: 0, err: '' });
    for (const part of ['status', 'received', 'Versions', 'in-force', 'same'])
      expect(shown.out).toContain(part);
    expect(shown.out).not.toMatch(/林美麗|987654321|running shoes/);
    const revealed = await admin(env, 'poa', 'show', declarationId, '--reveal');
    for (const part of ['林美麗', '+886987654321', 'version 1', 'context 1'])
      expect(revealed.out).toContain(part);
    await db.keys.destroy(declarationId);
    const gone = await admin(env, 'poa', 'show', declarationId, '--reveal');
    expect([gone.code, gone.out]).toEqual([0, expect.stringContaining('Its data key was destroyed')]);
  });

  test('fraud cases are listed, open ones unless all are asked for, with what Customs knows', async () => {
    expect(await admin(env, 'fraud', 'list')).toMatchObject({ code: 0, out: 'There is none.\n' });
    const { processes } = recordProcesses();
    const subjectId = await bindPerson({ db, brokerId, processes }, '+886987000111');
    const { declarationId } = await declare({ db, brokerId, processes }, 'customs-started', { start: false });
    const about = { declarationId, declarationNumber: null, version: 1, subjectId, sealedNote: null };
    const caseId = newCaseId();
    await openFraudCase(db.pool, { ...about, caseId, kind: 'repudiated' });
    await openFraudCase(db.pool, { ...about, caseId: newCaseId(), kind: 'reported' });
    const { out } = await admin(env, 'fraud', 'list');
    expect(out).toMatch(new RegExp(`repudiated +${declarationId} +1 +${BOX_NUMBER} +\\S+Z +not told yet\n`));
    const resolve = (as: string) =>
      admin(env, 'fraud', 'resolve', caseId, as, '--by', 'kim', '--reason', 'letter 12 of Customs');
    expect(await resolve('guilty')).toMatchObject({ code: 2 });
    expect((await resolve('substantiated')).out).toContain('is resolved: substantiated');
    expect(await resolve('withdrawn')).toMatchObject({
      code: 1,
      err: expect.stringContaining('resolved as substantiated'),
    });
    expect((await admin(env, 'fraud', 'list')).out).not.toContain('repudiated');
    expect((await admin(env, 'fraud', 'list', '--all')).out).toContain('repudiated');
    expect((await admin(env, 'poa', 'show', declarationId)).out).toContain('Fraud cases');
    expect((await admin(env, 'poa', 'show', declarationId, '--reveal')).out).toContain(
      'letter 12 of Customs',
    );
  });

  test('an unknown declaration is told, and one that needs no attention is not resolved', async () => {
    const unknown = '00000000-0000-7000-8000-000000000000';
    expect(await admin(env, 'poa', 'show', unknown)).toMatchObject({
      code: 1,
      err: `There is no declaration ${unknown}.\n`,
    });
    const { processes } = recordProcesses();
    const { declarationId } = await declare({ db, brokerId, processes }, 'declare-first', { start: false });
    const resolved = await admin(
      env,
      'poa',
      'resolve',
      declarationId,
      'retry',
      '--by',
      'op',
      '--reason',
      'x',
    );
    expect(resolved).toMatchObject({ code: 1, err: 'It stands at received and needs no attention.\n' });
    const { rowCount } = await db.pool.query('SELECT 1 FROM resolutions');
    expect(rowCount).toBe(0);
  });

  test('without DATABASE_URL it finds the stack that runs in the data directory', async () => {
    const data = mkdtempSync(join(tmpdir(), 'consentry-admin-'));
    writeFileSync(join(data, 'endpoints.json'), JSON.stringify({ databaseUrl: database.databaseUrl }));
    writeFileSync(join(data, 'secrets.json'), JSON.stringify({ MASTER_KEY: env.MASTER_KEY }));
    const { code, out } = await spawned({}, 'broker', 'list', '--data', data);
    rmSync(data, { recursive: true });
    expect([code, out]).toEqual([0, expect.stringContaining(BOX_NUMBER)]);
  });
});

describe('a POA that needs attention', () => {
  let world: PoaWorld;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    world = await createPoaWorld();
    await bindPerson(world);
    env = {
      DATABASE_URL: world.pool.options.connectionString ?? '',
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_NAMESPACE: world.namespace,
    };
  });
  afterAll(() => world?.close());

  /** Confirmed, while Customs was told behind our back that nobody answered. */
  async function contradicted() {
    const { declarationId } = await declare(world, 'declare-first');
    await until(world, declarationId, 'awaiting_importer');
    const answered = await fetch(`${world.customs}/poas/${declarationId}/1`, {
      method: 'PUT',
      headers: {
        authorization: 'Bearer token-of-consentry-at-customs',
        'idempotency-key': `behind-${declarationId}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ declarationId, outcome: 'expired', decidedAt: new Date().toISOString() }),
    });
    const { acknowledgementNumber } = (await answered.json()) as { acknowledgementNumber: string };
    await answer(world, declarationId, 'confirmed');
    await until(world, declarationId, 'needs_attention');
    return { declarationId, acknowledgementNumber };
  }

  const resolve = (declarationId: string, ...args: string[]) =>
    admin(env, 'poa', 'resolve', declarationId, ...args, '--by', 'Chen', '--reason', 'asked Customs');

  test('accept-customs takes what Customs said that it holds; the show tells who and why', async () => {
    const { declarationId, acknowledgementNumber } = await contradicted();
    const why = ['--by', 'Chen', '--reason', 'asked Customs'];
    expect(await spawned(env, 'poa', 'resolve', declarationId, 'accept-customs', ...why)).toEqual({
      code: 0,
      out: 'Done. It stands at expired.\n',
      err: '',
    });
    expect(await ended(world.client, declarationId)).toEqual({ status: 'expired', version: 1 });
    expect(await outcomesOf(world, declarationId)).toMatchObject([
      { outcome: 'confirmed', standing: false },
      { outcome: 'expired', source: 'customs', acknowledged: true },
    ]);
    const { out } = await admin(env, 'poa', 'show', declarationId);
    for (const part of [
      'Chen',
      'asked Customs',
      acknowledgementNumber,
      'void',
      'needs_attention',
      'Lodgements',
    ])
      expect(out).toContain(part);
    expect(out).not.toContain(NAME);
  });

  test('accept-customs without anything that Customs said has to be told what it holds', async () => {
    const { declarationId } = await declare(world, 'declare-first');
    await until(world, declarationId, 'awaiting_importer');
    await control(world.customs, 'POST', '/faults', { route: '/poas', status: 400, times: 1000 });
    await answer(world, declarationId, 'confirmed');
    await until(world, declarationId, 'needs_attention');
    const untold = await resolve(declarationId, 'accept-customs');
    expect([untold.code, untold.err]).toEqual([
      2,
      expect.stringContaining('--outcome and --acknowledgement'),
    ]);
    const odd = await resolve(declarationId, 'accept-customs', '--outcome', 'lost', '--acknowledgement', '1');
    expect([odd.code, odd.err]).toEqual([2, expect.stringContaining('"lost" is none of')]);
    const told = await resolve(
      declarationId,
      'accept-customs',
      '--outcome',
      'declined',
      '--acknowledgement',
      '1',
    );
    expect([told.code, told.out]).toEqual([0, 'Done. It stands at declined.\n']);
    await control(world.customs, 'DELETE', '/faults');
  });

  test('correct gives it back to the broker; with no worker it is kept, and done later', async () => {
    const { declarationId } = await contradicted();
    await world.stopWorker();
    const kept = await resolve(declarationId, 'correct');
    expect([kept.code, kept.out]).toEqual([0, expect.stringContaining('Kept, and not judged yet')]);
    await world.startWorker();
    await until(world, declarationId, 'needs_correction');
  });

  test('any other word is not understood', async () => {
    const { code, err } = await resolve('00000000-0000-7000-8000-000000000000', 'ignore');
    expect([code, err]).toEqual([2, '"ignore" is none of retry, accept-customs, correct.\n']);
  });
});
