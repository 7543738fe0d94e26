/** How every stand-in comes up: on both loopback addresses unless told others, under one origin `http://localhost:<port>`. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listening {
  /** `http://localhost:<port>`, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

export interface StandIn {
  /** Port 0: a free one. `address` replaces the loopback, as a published port of a container needs it. */
  listen(port: number, address?: string): Promise<Listening>;
}

/** Longer than clients keep idle connections, so that none is closed under a request by chance. */
const KEEP_ALIVE_MS = 70_000;

/**
 * Listens on 127.0.0.1 and, where the machine has IPv6, on ::1; on `address` alone where one is given. The handler is made
 * once the origin is known.
 */
export async function listen(
  port: number,
  makeHandler: (origin: string) => RequestListener,
  address?: string,
): Promise<Listening> {
  const first = await bind(port, address ?? '127.0.0.1');
  const bound = (first.address() as AddressInfo).port;
  const servers = [first, ...(address === undefined ? await bindIpv6(bound) : [])];
  const url = `http://localhost:${bound}`;
  const handler = makeHandler(url);
  for (const server of servers) server.on('request', handler);
  return {
    url,
    close: async () => {
      await Promise.all(servers.map(stop));
    },
  };
}

/** Runs a stand-in as a program: one line when ready, and an end at once on SIGTERM and SIGINT. */
export async function runProgram(
  name: string,
  standIn: StandIn,
  port: number,
  address?: string,
): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
  const { url } = await standIn.listen(port, address);
  console.log(`sandbox ${name} ready on ${url}`);
}

function bind(port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

async function bindIpv6(port: number): Promise<Server[]> {
  try {
    return [await bind(port, '::1')];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return [];
    throw error;
  }
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
