/**
 * Ports of the programs: the one that a variable sets, else the one of last time (so that links, cookies and
 * passkeys survive a restart), else a free one.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Ports are picked below the range that systems take for outgoing connections (Linux: 32768–60999). */
const LOWEST = 20_000;
const HIGHEST = 31_999;
/** Browsers resolve `localhost` to either. */
const LOOPBACKS = ['127.0.0.1', '::1'];

export interface ChosenPorts<Name extends string> {
  readonly ports: Record<Name, number>;
  /** Ports of last time that another program holds now. */
  readonly moved: { readonly name: Name; readonly from: number; readonly to: number }[];
}

/**
 * Chooses a port for each variable name in `names`. Throws one sentence, which names variable and port, when one
 * that is set cannot be used.
 */
export async function choosePorts<Name extends string>(
  names: readonly Name[],
  env: NodeJS.ProcessEnv,
  remembered: Partial<Record<string, number>>,
): Promise<ChosenPorts<Name>> {
  const ports: Partial<Record<Name, number>> = {};
  const moved: ChosenPorts<Name>['moved'] = [];
  const isSet = (name: Name) => env[name] !== undefined && env[name] !== '';
  for (const name of names.toSorted((a, b) => Number(isSet(b)) - Number(isSet(a)))) {
    const taken = Object.values<number | undefined>(ports);
    const before = remembered[name];
    if (isSet(name)) {
      ports[name] = await checkSet(name, String(env[name]), taken);
    } else if (before !== undefined && !taken.includes(before) && (await isFree(before))) {
      ports[name] = before;
    } else {
      const port = await pickFree(taken);
      ports[name] = port;
      if (before !== undefined) moved.push({ name, from: before, to: port });
    }
  }
  return { ports: ports as Record<Name, number>, moved };
}

/** A port that no program listens on now. */
export async function pickFree(taken: readonly (number | undefined)[] = []): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (!taken.includes(port) && (await isFree(port))) return port;
  }
  throw new Error(`No free port was found between ${LOWEST} and ${HIGHEST}.`);
}

/** True when this program could listen on the port on each loopback address. */
export async function isFree(port: number): Promise<boolean> {
  for (const host of LOOPBACKS) {
    if ((await tryListening(port, host)) === 'busy') return false;
  }
  return true;
}

/** The loopback addresses that this machine has: in many containers there is no IPv6. */
export async function loopbacks(): Promise<string[]> {
  const free = await Promise.all(LOOPBACKS.map((host) => tryListening(0, host)));
  return LOOPBACKS.filter((_, index) => free[index] === 'free');
}

async function checkSet(
  name: string,
  value: string,
  taken: readonly (number | undefined)[],
): Promise<number> {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`${name}=${value} is not a port number.`);
  if (taken.includes(port)) throw new Error(`${name}=${value}: another variable sets the same port.`);
  if (await isFree(port)) return port;
  throw new Error(
    `Port ${port} (${name}) is in use by another program; set ${name} to a free port, or leave it unset.`,
  );
}

/** `absent`: the machine has no such address, so nobody listens there. */
function tryListening(port: number, host: string): Promise<'free' | 'busy' | 'absent'> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT' ? 'absent' : 'busy');
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve('free')));
  });
}
