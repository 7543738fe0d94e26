/** `npm run handset`: a phone at the terminal, for a running sandbox. It keeps its cookies and passkeys in a file. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { DECLINE_REASONS } from '../../domain/outcome.ts';
import { ProblemAnswer } from './browser.ts';
import { COMMANDS, UsageError } from './commands.ts';
import { createHandset, type HandsetState } from './handset.ts';

const DEFAULT_DATA = '.data';
const DEFAULT_PHONE = '+886912345678';

const width = Math.max(...Object.values(COMMANDS).map(({ usage }) => usage.length));
const HELP = `npm run handset -- COMMAND [options]

A phone with the importer's app and a software passkey. Simulated: its keys lie in a plain file.

${Object.values(COMMANDS)
  .map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`)
  .join('\n')}

  --reason  ${DECLINE_REASONS.join(', ')}
  --phone   its number (${DEFAULT_PHONE}); the operator's subscribers are in sandbox/telecom/README.md
  --msisdn  the number of its SIM, when that is another
  --data    where the running stack keeps its data (${DEFAULT_DATA}); the phone keeps its cookies and passkeys there
  --api     address of Consentry, when no stack runs here
  --state   the phone's own file, instead of one in --data`;

const text = { type: 'string' } as const;
const OPTIONS = {
  help: { type: 'boolean' },
  phone: text,
  msisdn: text,
  api: text,
  data: text,
  state: text,
  id: text,
  name: text,
  'birth-date': text,
  operator: text,
  network: text,
  reason: text,
  lines: text,
  note: text,
  from: text,
  to: text,
  waybill: text,
} as const;

async function main(args: string[]): Promise<void> {
  const { values, positionals } = read(args);
  const [name, ...positional] = positionals;
  if (values.help || name === undefined) return console.log(HELP);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(`There is no "${name}".\n\n${HELP}`);
  const { help: _, phone = DEFAULT_PHONE, msisdn, data = DEFAULT_DATA, api, state, ...options } = values;
  const file = state ?? join(data, `handset-${phone}.json`);
  const handset = createHandset({ apiUrl: api ?? runningApi(data), phone, msisdn, state: load(file) });
  try {
    await command.run(handset, { positional, options }, (line) => console.log(line));
  } finally {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(handset.state(), undefined, 2)}\n`, { mode: 0o600 });
  }
}

function read(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function runningApi(data: string): string {
  const file = join(data, 'endpoints.json');
  if (!existsSync(file)) throw new UsageError('Nothing runs here: "npm start" first, or name it with --api.');
  return (JSON.parse(readFileSync(file, 'utf8')) as { api: string }).api;
}

const load = (file: string): HandsetState | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as HandsetState) : undefined;

/** What to say of a `fetch` that reached nobody (after a `kill -9` the addresses are still written down). */
function unreachable(error: unknown): string | undefined {
  const { cause } = (error ?? {}) as { cause?: { code?: string; message?: string } };
  return cause?.code === 'ECONNREFUSED'
    ? `Nothing answers (${cause.message}): is "npm start" up?`
    : undefined;
}

// Whoever reads may stop reading (`| head`).
process.stdout.on('error', () => {});
try {
  await main(process.argv.slice(2));
} catch (error) {
  const told = error instanceof UsageError || error instanceof ProblemAnswer || error instanceof DOMException;
  console.error(told ? error.message : (unreachable(error) ?? error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
