/** Server-sent events: an open app hears of what changed, and of nobody else's. */
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createStreams, STREAMS, type StreamsOptions } from '../../api/importer/streams.ts';
import { readLive } from '../../db/live.ts';
import { openEvents } from '../support/event-stream.ts';
import { createImporterWorld, type ImporterWorld, startApi } from '../support/importer-world.ts';

const until = (look: () => unknown) => expect.poll(look, { timeout: 10_000, interval: 20 });

describe('over HTTP', () => {
  let world: ImporterWorld;
  beforeAll(async () => {
    world = await createImporterWorld();
  });
  afterAll(() => world?.close());

  test('a stream begins with when to come back and where it stands, uncached and unbuffered', async () => {
    const { handset } = await world.importer();
    const stream = await openEvents(handset);
    expect(stream.status).toBe(200);
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(stream.headers.get('content-encoding')).toBeNull();
    await until(() => stream.blocks).toEqual([expect.stringMatching(/^retry: 3000\nid: [\w-]{16}$/)]);
    stream.close();
  });

  test('a change arrives, and only that of the person', async () => {
    const [person, stranger] = [await world.importer(), await world.importer()];
    const { declarationId } = await world.shown(person);
    const [mine, other] = [await openEvents(person.handset), await openEvents(stranger.handset)];
    await until(() => [mine.blocks.length, other.blocks.length]).toEqual([1, 1]);
    await world.db.pool.query('UPDATE declarations SET updated_at = now() WHERE declaration_id = $1', [
      declarationId,
    ]);
    await until(() => mine.changes()).toBe(1);
    await sleep(2 * STREAMS.everyMs);
    expect([mine.changes(), other.changes()]).toEqual([1, 0]);
    mine.close();
    other.close();
  });

  test('a session that was ended elsewhere ends its stream; without one there is none', async () => {
    const { handset } = await world.importer();
    const stream = await openEvents(handset);
    await handset.logout();
    await stream.ended;
    expect((await openEvents(handset)).status).toBe(401);
  });

  test('a process that stops ends its streams; the next tells what changed in between', async () => {
    const { handset, subjectId } = await world.importer();
    const session = handset.browser.cookie(world.api.url, 'session') ?? '';
    const api = await startApi(world);
    const stream = await openEvents({ ...handset, api: api.url } as typeof handset, {
      cookie: `session=${session}`,
    });
    await until(() => stream.lastId()).toBeDefined();
    const closing = api.close();
    await stream.ended;
    await closing;
    const known = { 'last-event-id': stream.lastId() ?? '' };
    const same = await openEvents(handset, known);
    await until(() => same.blocks.length).toBe(1);
    expect(same.changes()).toBe(0);
    await world.db.pool.query('UPDATE identities SET suspended_at = now() WHERE subject_id = $1', [
      subjectId,
    ]);
    const changed = await openEvents(handset, known);
    await until(() => changed.changes()).toBe(1);
    same.close();
    changed.close();
  });

  test('HEAD is answered at once', async () => {
    const { handset } = await world.importer();
    const { status } = await handset.ask('HEAD', '/app/events');
    expect(status).toBe(200);
  });

  test.each<[string, (world: ImporterWorld, subjectId: string) => Promise<unknown>]>([
    [
      'freezing',
      (w, id) => w.db.pool.query('UPDATE identities SET frozen_at = now() WHERE subject_id = $1', [id]),
    ],
    [
      'suspending',
      (w, id) => w.db.pool.query('UPDATE identities SET suspended_at = now() WHERE subject_id = $1', [id]),
    ],
    ['a declaration that is shown', (w, subjectId) => w.shown({ subjectId, phone: '+886912345678' })],
    [
      'a change of phone that waits',
      (w, id) =>
        w.db.pool.query(
          `INSERT INTO registrations (registration_id, status, sealed, operator, locale, notice_version, browser_hash,
             subject_id, hold_until) VALUES (gen_random_uuid(), 'verifying', '', 'sandbox', 'en', '1', '', $1, now())`,
          [id],
        ),
    ],
    ['a passkey that goes', (w, id) => w.db.pool.query('DELETE FROM passkeys WHERE subject_id = $1', [id])],
  ])('%s changes what is read', async (_, change) => {
    const { subjectId } = await world.importer();
    const { rows } = await world.db.pool.query<{ hash: Buffer }>(
      'SELECT session_hash AS hash FROM sessions WHERE subject_id = $1',
      [subjectId],
    );
    // Sessions of a passkey go with it.
    await world.db.pool.query('UPDATE sessions SET credential_id = NULL WHERE subject_id = $1', [subjectId]);
    const read = () => readLive(world.db.pool, [rows[0]?.hash ?? Buffer.alloc(32)]);
    const before = await read();
    expect(await read()).toEqual(before);
    await change(world, subjectId);
    const after = await read();
    expect(after.size).toBe(1);
    expect(after).not.toEqual(before);
  });

  test('an answer changes what is read before it is judged; an expired session or an ended identity is not read', async () => {
    const person = await world.importer();
    const { answer } = await world.shown(person);
    const { rows } = await world.db.pool.query<{ hash: Buffer }>(
      'SELECT session_hash AS hash FROM sessions WHERE subject_id = $1',
      [person.subjectId],
    );
    const read = () => readLive(world.db.pool, [rows[0]?.hash ?? Buffer.alloc(32)]);
    const before = await read();
    await answer('confirmed');
    expect(await read()).not.toEqual(before);
    await world.db.pool.query('UPDATE sessions SET expires_at = now() WHERE subject_id = $1', [
      person.subjectId,
    ]);
    expect((await read()).size).toBe(0);
    await world.db.pool.query(
      `UPDATE sessions SET expires_at = now() + interval '1 h' WHERE subject_id = $1`,
      [person.subjectId],
    );
    await world.db.pool.query('UPDATE identities SET ended_at = now() WHERE subject_id = $1', [
      person.subjectId,
    ]);
    expect((await read()).size).toBe(0);
  });
});

describe('the streams of a process', () => {
  const stops: AbortController[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop.abort();
  });

  /** Sessions with their states by hand. */
  const streamsOf = (options: Partial<StreamsOptions> = {}) => {
    const stop = new AbortController();
    stops.push(stop);
    const states = new Map<string, string>();
    const asked: number[] = [];
    let away = false;
    const streams = createStreams(
      {
        stopping: stop.signal,
        read: async (hashes) => {
          asked.push(hashes.length);
          if (away) throw new Error('away');
          const names = hashes.map((hash) => hash.toString('hex'));
          return new Map(names.flatMap((name) => (states.has(name) ? [[name, states.get(name) ?? '']] : [])));
        },
      },
      { ...STREAMS, everyMs: 10, ...options },
    );
    const session = (subjectId = 'person') => {
      const sessionHash = randomBytes(32);
      const name = sessionHash.toString('hex');
      states.set(name, '0');
      return {
        /** As nobody reads it. */
        body: () => streams.open({ sessionHash, subjectId }, undefined),
        open: async (knownId?: string) => received(await streams.open({ sessionHash, subjectId }, knownId)),
        set: (state: string) => states.set(name, state),
        revoke: () => states.delete(name),
      };
    };
    const setAway = (now: boolean) => {
      away = now;
    };
    return { session, asked, stop, setAway };
  };
  const received = (body: Readable | null) => {
    const texts: string[] = [];
    let ended = false;
    body?.on('data', (chunk) => texts.push(String(chunk))).on('end', () => (ended = true));
    const count = (pattern: RegExp) => texts.filter((text) => pattern.test(text)).length;
    return {
      none: body === null,
      close: () => body?.destroy(),
      isEnded: () => ended,
      changes: () => count(/^id: \S+\nevent: changed\ndata: \{\}\n\n$/),
      beats: () => count(/^:\n\n$/),
    };
  };

  test('look at nothing while nobody is connected', async () => {
    const { session, asked } = streamsOf();
    await sleep(50);
    expect(asked).toEqual([]);
    const stream = await session().open();
    await until(() => asked.length).toBeGreaterThan(3);
    stream.close();
    await sleep(50);
    const after = asked.length;
    await sleep(100);
    expect(asked.length).toBe(after);
  });

  test('ask once for all of them', async () => {
    const { session, asked } = streamsOf();
    const open = [await session('a').open(), await session('b').open(), await session('c').open()];
    await until(() => asked.at(-1)).toBe(3);
    expect(open.map((stream) => stream.changes())).toEqual([0, 0, 0]);
  });

  test('tell each change once, and end with their session', async () => {
    const { session } = streamsOf();
    const [one, other] = [session('a'), session('b')];
    const [mine, theirs] = [await one.open(), await other.open()];
    one.set('1');
    await until(mine.changes).toBe(1);
    one.set('2');
    await until(mine.changes).toBe(2);
    one.revoke();
    await until(mine.isEnded).toBe(true);
    expect([theirs.changes(), theirs.isEnded()]).toEqual([0, false]);
    expect((await one.open()).none).toBe(true);
  });

  test('go on when the database was away', async () => {
    const { session, asked, setAway } = streamsOf({ heartbeatMs: 30 });
    const one = session();
    const stream = await one.open();
    setAway(true);
    one.set('1');
    const before = asked.length;
    await until(() => asked.length).toBeGreaterThan(before + 5);
    expect([stream.changes(), stream.isEnded()]).toEqual([0, false]);
    expect(stream.beats()).toBeGreaterThan(0);
    setAway(false);
    await until(stream.changes).toBe(1);
  });

  test('send a comment when they have been silent', async () => {
    const { session } = streamsOf({ heartbeatMs: 40 });
    const stream = await session().open();
    await until(stream.beats).toBeGreaterThan(2);
    expect(stream.changes()).toBe(0);
  });

  test('of one person are few: the oldest gives way', async () => {
    const { session } = streamsOf({ mostPerPerson: 2 });
    const [phone, laptop, stranger] = [session('a'), session('a'), session('b')];
    const other = await stranger.open();
    const open = [await phone.open(), await laptop.open(), await phone.open()];
    await until(() => open.map((stream) => stream.isEnded())).toEqual([true, false, false]);
    expect(other.isEnded()).toBe(false);
  });

  test('have an end: then everybody is told to come back later', async () => {
    const { session } = streamsOf({ most: 2 });
    const first = await session('a').open();
    await session('b').open();
    await expect(session('c').open()).rejects.toMatchObject({
      code: 'temporarily-unavailable',
      headers: { 'retry-after': '10' },
    });
    first.close();
    await until(() => first.none).toBe(false);
    await sleep(5);
    expect((await session('c').open()).isEnded()).toBe(false);
  });

  test('of a browser that takes nothing any more are given up', async () => {
    const { session } = streamsOf({ everyMs: 1 });
    const one = session();
    const body = await one.body();
    let state = 0;
    const changing = setInterval(() => one.set(String(++state)), 1);
    await until(() => body?.destroyed).toBe(true);
    clearInterval(changing);
  });

  test('all end when the process stops', async () => {
    const { session, stop } = streamsOf();
    const open = [await session('a').open(), await session('b').open()];
    stop.abort();
    await until(() => open.every((stream) => stream.isEnded())).toBe(true);
    await expect(session('a').open()).rejects.toMatchObject({ code: 'temporarily-unavailable' });
  });
});
