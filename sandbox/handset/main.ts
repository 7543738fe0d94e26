/** `npm run handset`: a phone at the terminal, for a running sandbox. It keeps its cookies and passkeys in a file. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ProblemAnswer } from './browser.ts';
import { COMMANDS, UsageError } from './commands.ts';
import { createHandset, type HandsetState } from './handset.ts';

const DATA_DIRECTORY = '.data';
const DEFAULT_PHONE = '+886912345678';

const width = Math.max(...Object.values(COMMANDS).map(({ usage }) => usage.length));
const HELP = `npm run handset -- COMMAND [options]

A phone with the importer's app and a software passkey. Simulated: its keys lie in a plain file.

${Object.values(COMMANDS)
  .map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`)
  .join('\n')}

  --phone   its number (${DEFAULT_PHONE})
  --msisdn  the number of its SIM, when that is another
  --api     address of Consentry; the running stack's unless given (${DATA_DIRECTORY}/endpoints.json)
  --state   where it keeps cookies and passkeys (${DATA_DIRECTORY}/handset-PHONE.json)`;

const text = { type: 'string' } as const;
const OPTIONS = {
  help: { type: 'boolean' },
  phone: text,
  msisdn: text,
  api: text,
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
  const { help: _, phone = DEFAULT_PHONE, msisdn, api, state, ...options } = values;
  const file = state ?? join(DATA_DIRECTORY, `handset-${phone}.json`);
  const handset = createHandset({ apiUrl: api ?? runningApi(), phone, msisdn, state: load(file) });
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

function runningApi(): string {
  const file = join(DATA_DIRECTORY, 'endpoints.json');
  if (!existsSync(file)) throw new UsageError('Nothing runs here: "npm start" first, or name it with --api.');
  return (JSON.parse(readFileSync(file, 'utf8')) as { api: string }).api;
}

const load = (file: string): HandsetState | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as HandsetState) : undefined;

try {
  await main(process.argv.slice(2));
} catch (error) {
  const told = error instanceof UsageError || error instanceof ProblemAnswer || error instanceof DOMException;
  console.error(told ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
