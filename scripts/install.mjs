/** What `npm start` and `npm test` have in common before any package can be used: packages are installed from the lock file. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs `npm ci` when what is installed is not what the lock file says. Throws one sentence when it fails. */
export function installPackages() {
  if (isInstalled()) return;
  console.log('Installing packages (npm ci) …');
  const { command, args } = npm();
  const { status, error } = spawnSync(command, [...args, 'ci', '--include=dev', '--include=optional'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`npm ci failed (${error?.message ?? `exit code ${status}`}).`);
}

/** npm writes `node_modules/.package-lock.json` last: it is there only after a whole install, and tells of what. */
export function isInstalled(root = ROOT) {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(locked).every(([path, { version, optional, devOptional }]) => {
    if (path === '') return true;
    // Optional ones of another platform stay out.
    return installed[path] ? installed[path].version === version : optional === true || devOptional === true;
  });
}

/** The npm that belongs to this Node, so that both agree on the platform; else the one on PATH. */
function npm() {
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const script = [process.env.npm_execpath, beside].find(
    (path) => path?.endsWith('npm-cli.js') && existsSync(path),
  );
  return script ? { command: process.execPath, args: [script] } : { command: 'npm', args: [] };
}
