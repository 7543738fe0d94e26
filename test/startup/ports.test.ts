import { createServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { choosePorts, isFree, pickFree } from '../../scripts/up/ports.ts';

async function listen(port: number, host = '127.0.0.1'): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  onTestFinished(() => void server.close());
  return server;
}

test('a port that is set is used as it is', async () => {
  const port = await pickFree();
  expect((await choosePorts(['API_PORT'], { API_PORT: String(port) }, {})).ports).toEqual({ API_PORT: port });
});

test('a port that is set and busy gives one sentence with the port and the variable', async () => {
  const port = await pickFree();
  await listen(port);
  await expect(choosePorts(['API_PORT'], { API_PORT: String(port) }, {})).rejects.toThrow(
    `Port ${port} (API_PORT) is in use by another program; set API_PORT to a free port, or leave it unset.`,
  );
});

test('a port counts as busy when only one of the loopback addresses is taken', async () => {
  const port = await pickFree();
  await listen(port, '127.0.0.1');
  expect(await isFree(port)).toBe(false);
});

test.each(['0', '70000', 'x', '80.5', '-1'])('%s is no port', async (value) => {
  await expect(choosePorts(['API_PORT'], { API_PORT: value }, {})).rejects.toThrow('is not a port number');
});

test('two variables cannot set the same port', async () => {
  const port = String(await pickFree());
  await expect(
    choosePorts(['API_PORT', 'PUSH_PORT'], { API_PORT: port, PUSH_PORT: port }, {}),
  ).rejects.toThrow(`PUSH_PORT=${port}`);
});

test('the port of last time is used again, so that links and passkeys survive a restart', async () => {
  const first = await choosePorts(['API_PORT', 'PUSH_PORT'], {}, {});
  const second = await choosePorts(['API_PORT', 'PUSH_PORT'], {}, first.ports);
  expect(second).toEqual({ ports: first.ports, moved: [] });
});

test('a remembered port that is busy now is replaced, and that is told', async () => {
  const before = await pickFree();
  await listen(before);
  const { ports, moved } = await choosePorts(['API_PORT'], {}, { API_PORT: before });
  expect(ports.API_PORT).not.toBe(before);
  expect(moved).toEqual([{ name: 'API_PORT', from: before, to: ports.API_PORT }]);
});

test('a port that is set wins over the same port remembered for another', async () => {
  const port = await pickFree();
  const { ports } = await choosePorts(
    ['API_PORT', 'PUSH_PORT'],
    { PUSH_PORT: String(port) },
    { API_PORT: port },
  );
  expect(ports.PUSH_PORT).toBe(port);
  expect(ports.API_PORT).not.toBe(port);
});
