/**
 * Children must not outlive a start-up that was killed: Linux sends them a signal when their parent ends
 * (prctl(2), PR_SET_PDEATHSIG), which `setpriv` of util-linux asks for before it becomes the program.
 * Where it is missing, the pid files are used to end what was left over at the next start.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** For `spawn`, where `setpriv` is not there to change the user. */
  readonly uid?: number;
  readonly gid?: number;
}

/** How to start `command` so that it gets `signal` when this process ends, as `user` when one is given (root only). */
export function dieWithParent(
  command: string,
  args: readonly string[],
  signal: NodeJS.Signals,
  user?: SystemUser,
): Launch {
  const setpriv = process.platform === 'linux' ? findOnPath('setpriv') : undefined;
  if (!setpriv) return { command, args, ...(user && { uid: user.uid, gid: user.gid }) };
  const identity = user ? ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'] : [];
  const death = ['--pdeathsig', signal.replace(/^SIG/, '')];
  return { command: setpriv, args: [...death, ...identity, '--', command, ...args] };
}

/** The first file called `name` on PATH. */
export function findOnPath(name: string, path = process.env.PATH ?? ''): string | undefined {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map((directory) => join(directory, name))
    .find((file) => existsSync(file));
}

/** The unprivileged user for what refuses to run as root; undefined when this process is not root. */
export function unprivilegedUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { name, uid: id('-u'), gid: id('-g') };
    } catch {
      // That user does not exist here: try the next.
    }
  }
  throw new Error('Postgres does not run as root, and neither the user "postgres" nor "nobody" exists here.');
}
