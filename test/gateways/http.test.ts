import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { callJson, GatewayUnavailable } from '../../gateways/http.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function answering(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`;
}

const get = (url: string, limits: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  callJson('Customs', { method: 'GET', url }, { timeoutMs: 1_000, ...limits });

describe('an outage is not an answer', () => {
  test.each([408, 425, 429, 500, 502, 503, 504, 301, 302])('%i is an outage', async (status) => {
    const url = await answering((_req, res) => res.writeHead(status, { location: '/elsewhere' }).end());
    await expect(get(url)).rejects.toMatchObject({
      name: 'GatewayUnavailable',
      kind: 'status',
      status,
    });
  });

  test.each([200, 201, 400, 401, 403, 404, 409, 422])('%i is an answer', async (status) => {
    const url = await answering((_req, res) => res.writeHead(status).end('{"a": 1}'));
    expect(await get(url)).toEqual({ status, json: { a: 1 } });
  });

  test('a counterpart that does not answer in time is an outage, also when its body never ends', async () => {
    const silent = await answering(() => {});
    await expect(get(silent, { timeoutMs: 50 })).rejects.toMatchObject({ kind: 'time-out' });
    server?.closeAllConnections();
    const endless = await answering((_req, res) => res.writeHead(200).write('{'));
    await expect(get(endless, { timeoutMs: 50 })).rejects.toMatchObject({ kind: 'time-out' });
  });

  test('a connection that breaks, or that nobody takes, is an outage', async () => {
    const broken = await answering((req) => req.socket.destroy());
    await expect(get(broken)).rejects.toMatchObject({ kind: 'network' });
    await expect(get('http://127.0.0.1:1/')).rejects.toMatchObject({ kind: 'network' });
  });

  test("the caller's own cancellation is no outage", async () => {
    const url = await answering(() => {});
    const failure = await get(url, { signal: AbortSignal.timeout(30) }).catch((error: unknown) => error);
    expect(failure).not.toBeInstanceOf(GatewayUnavailable);
  });

  test('an outage tells neither address nor path: they may be personal data', async () => {
    const url = await answering((_req, res) => res.writeHead(503).end('王小明'));
    const failure = (await get(url).catch((error: unknown) => error)) as GatewayUnavailable;
    expect(failure.message).toBe('Customs is unavailable: status 503');
    expect(failure.cause).toBeUndefined();
  });

  test('a body that is no JSON is told as none', async () => {
    const url = await answering((_req, res) => res.writeHead(200).end('<html>'));
    expect(await get(url)).toEqual({ status: 200, json: undefined });
  });
});
