import { parseArgs } from 'node:util';
import { AuthenticationFailed, ProblemError } from '../../clients/typescript/index.ts';
import {
  type Command,
  type Given,
  OPTIONS,
  Shortfall,
  type Terminal,
  UsageError,
  type Values,
} from './command.ts';
import { COMMANDS } from './commands.ts';
import { connect, SETTINGS } from './connect.ts';

const EVERYWHERE = ['json', 'broker', 'data', 'help'] as const;

/** Returns the exit code: 0 done, 1 refused, failed or with rejected lines, 2 not understood, 130 ended by Ctrl-C. */
export async function broker(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await run(args, terminal);
    return 0;
  } catch (error) {
    terminal.progress?.('');
    if (terminal.signal?.aborted) return 130;
    if (error instanceof Shortfall) return 1;
    for (const line of told(error)) terminal.printError(line);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run([name, ...args]: readonly string[], terminal: Terminal): Promise<void> {
  if (name === undefined) throw new UsageError(`What is to be done?\n\n${HELP}`);
  if (name === '--help') return terminal.print(HELP);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(`There is no "${name}".\n\n${HELP}`);
  const given = read(name, command, args);
  if (given.values.help) return terminal.print(helpOf(name, command));
  await command.run(connect(terminal, given.values), given, terminal);
}

function read(name: string, command: Command, args: readonly string[]): Given {
  const names = [...command.options, ...EVERYWHERE];
  const options = Object.fromEntries(names.map((option) => [option, { type: OPTIONS[option].type }]));
  const { values, positionals } = parsed(args, options);
  if (values.help) return { values, positionals };
  const [missing] = command.positionals.slice(positionals.length);
  if (missing) throw new UsageError(`${name} needs <${missing}>.`);
  if (positionals.length > command.positionals.length)
    throw new UsageError(`${name} does not take "${positionals[command.positionals.length]}".`);
  return { values, positionals };
}

function parsed(args: readonly string[], options: Record<string, { type: 'string' | 'boolean' }>): Given {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values: values as Values, positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const usage = (name: string, { positionals }: Command): string =>
  [name, ...positionals.map((one) => `<${one}>`)].join(' ');

function optionLines(names: readonly (keyof typeof OPTIONS)[]): string {
  const rows = names.map((name) => {
    const option = OPTIONS[name];
    return [`--${name}${'value' in option ? ` ${option.value}` : ''}`, option.text] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}

const helpOf = (name: string, command: Command): string =>
  `npm run broker -- ${usage(name, command)} [options]\n    ${command.summary}\n\n${optionLines([...command.options, ...EVERYWHERE])}`;

const HELP = `npm run broker -- COMMAND [options]

${Object.entries(COMMANDS)
  .map(([name, command]) => `  ${usage(name, command)}\n      ${command.summary}`)
  .join('\n')}

${optionLines(EVERYWHERE)}

${SETTINGS}`;

const waitOf = (seconds: number): string =>
  seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;

const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read or written',
  EISDIR: 'it is a directory',
  ENOSPC: 'the disk is full',
};

/** What went wrong, and where to look. */
function told(error: unknown): string[] {
  if (error instanceof ProblemError) {
    const { code, status, detail, errors, requestId, retryAfter } = error;
    return [
      `${detail} (${status} ${code})`,
      ...errors.map(({ pointer, detail: why }) => `  ${pointer}: ${why}`),
      ...(retryAfter === null ? [] : [`  Try again in ${waitOf(retryAfter)}.`]),
      ...(requestId && status >= 500 ? [`  request ${requestId}`] : []),
    ];
  }
  if (error instanceof AuthenticationFailed) return [`Not let in: ${error.message}`];
  const { message, code, path } = (error ?? {}) as { message?: string; code?: string; path?: string };
  const why = FILE_FAULTS[code ?? ''];
  return [path && why ? `${path}: ${why}.` : message || code || String(error)];
}
