/** Manifests as a broker's system sends them. */
import { randomUUID } from 'node:crypto';
import { type ClientRequest, request } from 'node:http';
import type { Pool } from 'pg';
import { expect } from 'vitest';
import type { BrokerClient } from './broker-client.ts';
import { submission } from './broker-client.ts';
import type { Answer } from './stand-in.ts';

export const NDJSON = 'application/x-ndjson';

/** A body of lines; texts stay as they are. */
export const ndjson = (lines: readonly unknown[]): string =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');

export const submissions = (count: number) => Array.from({ length: count }, () => submission());

export interface UploadOptions {
  key?: string;
  type?: string;
  path?: string;
  headers?: Record<string, string>;
}

export const upload = (
  broker: BrokerClient,
  body: string | Uint8Array,
  { key = randomUUID(), type = NDJSON, path = '/v1/manifests', headers }: UploadOptions = {},
): Promise<Answer> =>
  broker.request('POST', path, {
    body,
    headers: { 'content-type': type, 'idempotency-key': key, ...headers },
  });

export interface ShownLine {
  line: number;
  result?: string;
  declarationId?: string;
  houseWaybill?: string;
  version?: number;
  problem?: { type: string; status: number; detail: string; errors?: { pointer: string; detail: string }[] };
}

/** Every line, page by page. */
export async function linesOf(
  broker: BrokerClient,
  manifestId: string,
  result?: string,
): Promise<ShownLine[]> {
  const all: ShownLine[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query = new URLSearchParams({ limit: '200', ...(result && { result }), ...(cursor && { cursor }) });
    const { status, body }: Answer = await broker.get(`/v1/manifests/${manifestId}/lines?${query}`);
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    all.push(...body.items);
    cursor = body.nextCursor;
  }
  return all;
}

/** An upload that is sent by hand. */
export function uploadByHand(
  { url, token }: { url: string; token: string },
  headers: Record<string, string>,
  path = '/v1/manifests',
): ClientRequest {
  return request(`${url}${path}`, {
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${token}`, 'content-type': NDJSON, 'idempotency-key': 'k', ...headers },
  });
}

/** Sends so much of a body that is said to be longer, waits until some of it is kept, and hangs up. */
export async function breakOff(
  pool: Pool,
  at: { url: string; token: string },
  part: string,
  { key, length, path, type = NDJSON }: { key: string; length: number; path?: string; type?: string },
): Promise<void> {
  const headers = { 'content-length': String(length), 'idempotency-key': key, 'content-type': type };
  const sending = uploadByHand(at, headers, path);
  sending.on('error', () => {});
  sending.write(part);
  const kept = () =>
    pool.query(
      `SELECT 1 FROM manifests JOIN manifest_lines USING (manifest_id) WHERE idempotency_key = $1 HAVING count(*) >= 100`,
      [key],
    );
  await expect.poll(async () => (await kept()).rowCount).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  sending.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
}
