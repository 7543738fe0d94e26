/** The sandbox's stand-ins as programs of their own, and small calls to them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

export interface RunningStandIn {
  readonly url: string;
  /** Ends it with SIGKILL and waits for its end. */
  kill(): Promise<void>;
  /** Sends a signal and answers how it ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }>;
}

/** Runs `sandbox/<name>/main.ts` and waits for its one line. */
export async function spawnStandIn(name: string, env: Record<string, string> = {}): Promise<RunningStandIn> {
  const child = spawn(process.execPath, ['--import', 'tsx', `sandbox/${name}/main.ts`], {
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await readyUrl(child, name);
  const end = async (signal: NodeJS.Signals) => {
    const exited = once(child, 'exit');
    child.kill(signal);
    const [code, by] = await exited;
    return { code, signal: by };
  };
  return { url, end, kill: async () => void (await end('SIGKILL')) };
}

async function readyUrl(child: ChildProcess, name: string): Promise<string> {
  if (!child.stdout) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^sandbox (\S+) ready on (http:\/\/localhost:\d+)$/.exec(line);
    if (match?.[1] === name && match[2]) return match[2];
    throw new Error(`unexpected first line of ${name}: ${line}`);
  }
  throw new Error(`${name} ended before it was ready`);
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  body: any;
}

/** One request; a JSON body unless it is a string or bytes. The answer's body is parsed where it is JSON. */
export async function call(
  method: string,
  url: string,
  options: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { body, headers } = options;
  const isText = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: { ...(body !== undefined && !isText && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && {
      body: isText ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body),
    }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

export interface Receiver {
  readonly url: string;
  readonly received: { path: string; headers: Record<string, unknown>; body: unknown }[];
  close(): Promise<void>;
}

/** A small server that keeps what is posted to it and answers with the given statuses in turn, the last for good. */
export async function startReceiver(...statuses: number[]): Promise<Receiver> {
  const received: Receiver['received'] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    received.push({
      path: req.url ?? '',
      headers: req.headers,
      body: JSON.parse(Buffer.concat(chunks).toString()),
    });
    const status = statuses.length > 1 ? statuses.shift() : statuses[0];
    res.writeHead(status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify({ status }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
