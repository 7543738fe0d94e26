/**
 * Server-sent events for the people who look at the app now (WHATWG HTML, 9.2): "something of yours changed". One look at
 * the database per second and process for all of them together, and none while nobody looks.
 */
import { Readable } from 'node:stream';
import { hashSecret } from '../../db/seal.ts';
import type { Session } from '../../db/sessions.ts';
import { HttpProblem } from '../problem.ts';

export interface StreamsOptions {
  /** Between two looks, ms. */
  everyMs: number;
  /** A comment after so long without an event, ms: proxies and phones drop what is silent for a minute. */
  heartbeatMs: number;
  /** Of one person; the oldest gives way: a page that was left open in the background. */
  mostPerPerson: number;
  /** Of this process. */
  most: number;
}

export const STREAMS: StreamsOptions = { everyMs: 1_000, heartbeatMs: 15_000, mostPerPerson: 8, most: 5_000 };

/** A browser comes back after so long, ms. */
const RETRY_MS = 3_000;
/** Events that a browser has not taken, bytes: one that takes none for minutes is gone. */
const MOST_UNREAD = 4_096;
/** When there is no place, s. */
const RETRY_AFTER_S = 10;

interface Open {
  /** The session's hash, hex. */
  session: string;
  sessionHash: Buffer;
  subjectId: string;
  body: Readable;
  /** Of the state that the browser knows. */
  id: string;
  writtenAt: number;
}

export interface Streams {
  /**
   * A stream for a session; null when it has ended. `knownId`: what the browser was told last, before the connection was
   * lost. Throws `temporarily-unavailable` when there is no place.
   */
  open(
    session: Pick<Session, 'sessionHash' | 'subjectId'>,
    knownId: string | undefined,
  ): Promise<Readable | null>;
}

export interface StreamsSource {
  /** How everything stands for each session that lives, by its hash in hex (`db/live.ts`). */
  read(sessionHashes: readonly Buffer[]): Promise<ReadonlyMap<string, string>>;
  /** Ends all streams: a browser comes back, and finds another process. */
  stopping: AbortSignal;
}

export function createStreams({ read, stopping }: StreamsSource, options: StreamsOptions = STREAMS): Streams {
  const all = new Set<Open>();
  let looking = false;

  const write = (stream: Open, text: string) => {
    stream.writtenAt = Date.now();
    stream.body.push(text);
    if (stream.body.readableLength > MOST_UNREAD) stream.body.destroy();
  };
  const tell = (stream: Open, id: string) => {
    stream.id = id;
    write(stream, `id: ${id}\nevent: changed\ndata: {}\n\n`);
  };
  const end = (stream: Open) => {
    all.delete(stream);
    stream.body.push(null);
  };

  /** While the database is away nothing is known to have changed: the streams stay, and the next look goes on. */
  const look = async () => {
    const looked = [...all];
    const live = await read(looked.map(({ sessionHash }) => sessionHash)).catch(() => null);
    for (const stream of looked) {
      if (!all.has(stream)) continue;
      const state = live?.get(stream.session);
      if (live && state === undefined) end(stream);
      else if (state !== undefined && idOf(state) !== stream.id) tell(stream, idOf(state));
      else if (Date.now() - stream.writtenAt >= options.heartbeatMs) write(stream, ':\n\n');
    }
  };

  const keepLooking = async () => {
    if (looking) return;
    looking = true;
    while (all.size > 0 && !stopping.aborted) {
      await new Promise((resolve) => setTimeout(resolve, options.everyMs).unref());
      if (all.size > 0) await look();
    }
    looking = false;
  };

  stopping.addEventListener('abort', () => all.forEach(end));

  return {
    async open({ sessionHash, subjectId }, knownId) {
      if (all.size >= options.most || stopping.aborted) throw noPlace();
      const session = sessionHash.toString('hex');
      const state = (await read([sessionHash])).get(session);
      if (state === undefined) return null;
      const body = new Readable({ read: () => {} });
      const stream: Open = { session, sessionHash, subjectId, body, id: idOf(state), writtenAt: 0 };
      body.once('close', () => all.delete(stream));
      const own = [...all].filter((other) => other.subjectId === subjectId);
      for (const oldest of own.slice(0, Math.max(0, own.length + 1 - options.mostPerPerson))) end(oldest);
      all.add(stream);
      write(stream, `retry: ${RETRY_MS}\nid: ${stream.id}\n\n`);
      if (knownId !== undefined && knownId !== stream.id) tell(stream, stream.id);
      void keepLooking();
      return body;
    },
  };
}

/** Says nothing of what stands there, but whether it is the same. */
const idOf = (state: string): string => hashSecret(state).toString('base64url').slice(0, 16);

const noPlace = () =>
  new HttpProblem('temporarily-unavailable', 'Too many look at once; load the page again instead.', {
    headers: { 'retry-after': String(RETRY_AFTER_S) },
  });
