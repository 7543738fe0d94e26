/**
 * `npm run test:contract`: schemathesis makes requests of all kinds from `/openapi.json`, and looks for server errors and for answers that the
 * document does not tell of. It starts a stack of its own; Python 3 brings schemathesis into `.cache/`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from '../up/stack.ts';
import { type Caller, callersOf } from './callers.ts';

const VERSION = '4.32.5';
const CACHE = '.cache';
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];

const HELP = `npm run test:contract -- [--seconds N]

  --seconds N  how long requests are made up for each who calls; 60 unless given
  --help       prints this`;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, help: { type: 'boolean' } },
});
if (values.help) console.log(HELP);
else process.exitCode = await run(values.seconds);

async function run(seconds: string): Promise<number> {
  const command = schemathesis();
  const dataDir = mkdtempSync(join(tmpdir(), 'consentry-contract-'));
  const stack = await startStack({ dataDir, postgres: { durable: false }, print: console.log });
  try {
    const { endpoints } = stack;
    let worst = 0;
    for (const caller of await callersOf(endpoints)) {
      console.log(`\nAs ${caller.who}:`);
      worst = Math.max(worst, test(command, endpoints.api, caller, seconds));
    }
    return worst;
  } finally {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Installed once for each version. */
function schemathesis(): string {
  const environment = resolve(CACHE, `schemathesis-${VERSION}`);
  const command = join(environment, 'bin', 'schemathesis');
  if (!existsSync(command)) {
    execFileSync('python3', ['-m', 'venv', environment], { stdio: 'inherit' });
    const pip = ['-m', 'pip', 'install', '--quiet', `schemathesis==${VERSION}`];
    execFileSync(join(environment, 'bin', 'python'), pip, { stdio: 'inherit' });
  }
  return command;
}

function test(command: string, api: string, { paths, without, headers }: Caller, seconds: string): number {
  const args = ['run', `${api}/openapi.json`, '--url', api];
  const options = {
    'include-path-regex': paths,
    ...(without && { 'exclude-path-regex': without }),
    checks: CHECKS.join(','),
    phases: 'examples,coverage,fuzzing',
    'max-time': seconds,
    // The sandbox takes 200 a second.
    'rate-limit': '150/s',
    warnings: 'off',
  };
  args.push(
    '--continue-on-failure',
    ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  );
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    // It keeps what it found beside where it runs.
    cwd: CACHE,
    env: { ...process.env, PYTHONPATH: resolve('test/contract'), SCHEMATHESIS_HOOKS: 'consentry_hooks' },
  });
  return status ?? 1;
}
