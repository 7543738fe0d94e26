/** The bytes of an upload: a sender that falls silent is given up, one that is only slow is not. */
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request } from 'express';
import { expect, test } from 'vitest';
import { chunksOf } from '../../api/broker/manifests/upload.ts';

const IDLE_MS = 100;

async function received(stream: PassThrough): Promise<string> {
  let text = '';
  for await (const chunk of chunksOf(stream as unknown as Request, IDLE_MS)) text += chunk.toString();
  return text;
}

test('a sender that falls silent is given up', async () => {
  const stream = new PassThrough();
  stream.write('{"a":');
  await expect(received(stream)).rejects.toMatchObject({
    code: 'malformed-request',
    detail: expect.stringContaining('stopped'),
  });
});

test('one that is slow, but never silent for so long, is heard to its end', async () => {
  const stream = new PassThrough();
  const text = received(stream);
  for (const part of ['a', 'b', 'c', 'd', 'e', 'f']) {
    stream.write(part);
    await sleep(IDLE_MS / 3);
  }
  stream.end();
  expect(await text).toBe('abcdef');
});

test('one that breaks off is told apart from one that ends', async () => {
  const stream = new PassThrough();
  stream.write('a');
  setTimeout(() => stream.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })), 20);
  await expect(received(stream)).rejects.toMatchObject({
    code: 'malformed-request',
    detail: expect.stringContaining('broke off'),
  });
});
