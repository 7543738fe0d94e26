import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Keyed } from './declarations.ts';
import { everyItem } from './pages.ts';
import type { Transport } from './transport.ts';
import type { ColumnMap, LineResult, Manifest, ManifestLine, ManifestSummary } from './types.ts';

export interface UploadOptions extends Keyed {
  /** `application/x-ndjson` unless the file is called `.csv`. */
  contentType?: 'application/x-ndjson' | 'text/csv';
  /** Of CSV: where members come from when the columns have other names. */
  columns?: ColumnMap;
  /** Of CSV: a comma unless given. */
  delimiter?: ',' | ';' | '\t';
  /** Bytes that left, of how many; it begins again at 0 with each attempt. */
  onProgress?: (sent: number, total: number) => void;
  signal?: AbortSignal | undefined;
}

export interface WatchOptions {
  /** How often it looks; 1 s unless given. */
  everyMs?: number;
  signal?: AbortSignal | undefined;
}

const EVERY_MS = 1_000;

export type Manifests = ReturnType<typeof createManifests>;

/** `/v1/manifests` and `/v1/corrections` */
export function createManifests(transport: Transport) {
  const { json } = transport;
  const at = (manifestId: string, rest = '') => `/v1/manifests/${encodeURIComponent(manifestId)}${rest}`;
  const get = (manifestId: string) => json<Manifest>({ method: 'GET', path: at(manifestId) });

  const upload = async (path: string, file: string, options: UploadOptions): Promise<string> => {
    const { columns, delimiter, signal } = options;
    const { manifestId } = await json<{ manifestId: string }>({
      method: 'POST',
      path,
      query: { columns: columns && JSON.stringify(columns), delimiter },
      body: bytesOf(file, (await stat(file)).size, options.onProgress),
      headers: {
        'content-type': options.contentType ?? mediaTypeOf(file),
        'idempotency-key': options.idempotencyKey ?? (await keyOf(file, [columns, delimiter])),
      },
      signal,
    });
    return manifestId;
  };

  return {
    /**
     * Sends a file of declarations, streamed; its id once every line is kept. Unless a key is given, the file's own digest is the key:
     * the same file sent again, after a crash or by mistake, is the same manifest.
     */
    upload: (file: string, options: UploadOptions = {}) => upload('/v1/manifests', file, options),

    /** The same for amendments: each line has the `version` that it is made on. */
    correct: (file: string, options: UploadOptions = {}) => upload('/v1/corrections', file, options),

    get,

    /** Newest first. */
    list: () => everyItem<ManifestSummary>(transport, '/v1/manifests'),

    /** What became of each line, in their order. */
    lines: (manifestId: string, result?: LineResult) =>
      everyItem<ManifestLine>(transport, at(manifestId, '/lines'), { result }),

    /** How far it is, now and after each change, until each line has its answer. */
    async *watch(
      manifestId: string,
      { everyMs = EVERY_MS, signal }: WatchOptions = {},
    ): AsyncGenerator<Manifest> {
      for (let last = ''; ; await sleep(everyMs, undefined, { signal })) {
        const manifest = await get(manifestId);
        const now = JSON.stringify(manifest);
        if (now !== last) yield manifest;
        if (manifest.status === 'completed') return;
        last = now;
      }
    },
  };
}

const mediaTypeOf = (file: string) => (/\.csv$/i.test(file) ? 'text/csv' : 'application/x-ndjson');

/** From the beginning each time it is asked for. */
const bytesOf = (file: string, total: number, onProgress?: UploadOptions['onProgress']) =>
  async function* (): AsyncGenerator<Uint8Array> {
    let sent = 0;
    onProgress?.(0, total);
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      yield chunk;
      sent += chunk.length;
      onProgress?.(sent, total);
    }
  };

/** Of what is sent: the file, and how it is to be read. */
async function keyOf(file: string, reading: readonly unknown[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(reading));
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) hash.update(chunk);
  return `sha256-${hash.digest('hex')}`;
}
