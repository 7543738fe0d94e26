/**
 * `npm run test:contract`: schemathesis makes requests of all kinds from `/openapi.json`, and looks for server errors and for answers that the
 * document does not tell of. It starts a stack of its own; Python 3 brings schemathesis into `.cache/`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from './up/stack.ts';

const VERSION = '4.32.5';
const CACHE = '.cache';
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];

const HELP = `npm run test:contract -- [--seconds N]

  --seconds N  how long requests are made up for each interface, brokers' and Customs'; 120 unless given
  --help       prints this`;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '120' }, help: { type: 'boolean' } },
});
if (values.help) console.log(HELP);
else process.exitCode = await run(values.seconds);

async function run(seconds: string): Promise<number> {
  const command = schemathesis();
  const dataDir = mkdtempSync(join(tmpdir(), 'consentry-contract-'));
  const stack = await startStack({ dataDir, postgres: { durable: false }, print: console.log });
  try {
    const { api, customsToken } = stack.endpoints;
    // Interfaces that other systems build on, as who calls them.
    const callers = [
      { paths: '^/(v1|oauth)/', token: await tokenOf(stack.endpoints) },
      { paths: '^/customs/v1/', token: customsToken },
    ];
    return Math.max(...callers.map((caller) => test(command, api, caller, seconds)));
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

interface Caller {
  api: string;
  brokers: readonly { clientId: string; clientSecret: string }[];
}

async function tokenOf({ api, brokers }: Caller): Promise<string> {
  const [broker] = brokers;
  if (!broker) throw new Error('the sandbox has brokers');
  const credentials = Buffer.from(`${broker.clientId}:${broker.clientSecret}`).toString('base64');
  const response = await fetch(`${api}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${credentials}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

interface Part {
  paths: string;
  token: string;
}

function test(command: string, api: string, { paths, token }: Part, seconds: string): number {
  const args = ['run', `${api}/openapi.json`, '--url', api];
  const options = {
    header: `Authorization: Bearer ${token}`,
    'include-path-regex': paths,
    checks: CHECKS.join(','),
    phases: 'examples,coverage,fuzzing',
    'max-time': seconds,
    // The sandbox takes 200 a second.
    'rate-limit': '150/s',
    warnings: 'off',
  };
  args.push(
    '--continue-on-failure',
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
