/** What a command of the administration is, and how one is found, read and explained. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Connection } from './connect.ts';

/** The command line was not understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** It was understood and cannot be done: exit code 1. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export interface Given {
  positionals: readonly string[];
  values: Readonly<Record<string, string | boolean | undefined>>;
}

export interface Command {
  /** Positional arguments, by name. */
  positionals: readonly string[];
  options: Readonly<Record<string, Option>>;
  summary: string;
  run(given: Given, connect: () => Connection, print: (line: string) => void): Promise<void>;
}

export interface Option {
  type: 'string' | 'boolean';
  /** Shown in the help in place of a string's value. */
  value?: string;
  required?: boolean;
  help: string;
}

/** By noun and verb. */
export type Commands = Readonly<Record<string, Readonly<Record<string, Command>>>>;

const EVERYWHERE: Command['options'] = {
  data: { type: 'string', value: 'DIR', help: 'data directory of the running stack, instead of .data/' },
  help: { type: 'boolean', help: 'prints this' },
};

type OptionTypes = NonNullable<ParseArgsConfig['options']>;

/** Reads the arguments after noun and verb. Throws `UsageError`. */
export function readArguments(name: string, command: Command, args: readonly string[]): Given {
  const options = { ...command.options, ...EVERYWHERE };
  const config: OptionTypes = Object.fromEntries(
    Object.entries(options).map(([option, { type }]) => [option, { type }]),
  );
  const given = parsed(args, config);
  if (given.values.help) return given;
  const [missing] = command.positionals.slice(given.positionals.length);
  if (missing) throw new UsageError(`${name} needs <${missing}>.`);
  if (given.positionals.length > command.positionals.length)
    throw new UsageError(`${name} does not take "${given.positionals[command.positionals.length]}".`);
  for (const [option, { required }] of Object.entries(options)) {
    if (required && !textOf(given, option)) throw new UsageError(`${name} needs --${option}.`);
  }
  return given;
}

function parsed(args: readonly string[], options: OptionTypes): Given {
  try {
    return parseArgs({ args: namesLast(args), options, allowPositionals: true, strict: true }) as Given;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** There are no short options: what begins with one dash is a name, as ids of keys may be (base64url). */
function namesLast(args: readonly string[]): string[] {
  const isName = (arg: string) => /^-[^-]/.test(arg);
  if (args.includes('--') || !args.some(isName)) return [...args];
  return [...args.filter((arg) => !isName(arg)), '--', ...args.filter(isName)];
}

/** A text option without spaces around it; undefined when it was not given. */
export function textOf({ values }: Given, option: string): string | undefined {
  const value = values[option];
  return typeof value === 'string' ? value.trim() : undefined;
}

/** Help of everything, of one noun, or of one command. */
export function help(commands: Commands, noun?: string, verb?: string): string {
  const chosen = Object.entries(commands).filter(([name]) => !noun || name === noun);
  const lines = chosen.flatMap(([name, verbs]) =>
    Object.entries(verbs)
      .filter(([word]) => !verb || word === verb)
      .map(([word, command]) => [usage(`${name} ${word}`, command), command.summary] as const),
  );
  const command = noun && verb ? commands[noun]?.[verb] : undefined;
  const about = lines.flatMap(([how, summary]) => [`  npm run admin -- ${how}`, `      ${summary}`]);
  return [...about, '', ...optionLines(command?.options ?? {}), ...(command ? [] : ['', SETTINGS])].join(
    '\n',
  );
}

const usage = (name: string, { positionals, options }: Command): string =>
  [
    name,
    ...positionals.map((positional) => `<${positional}>`),
    ...Object.entries(options).map(([option, { value, required }]) => {
      const text = value ? `--${option} ${value}` : `--${option}`;
      return required ? text : `[${text}]`;
    }),
  ].join(' ');

function optionLines(options: Command['options']): string[] {
  const rows = Object.entries({ ...options, ...EVERYWHERE }).map(
    ([option, { value, help }]) => [`--${option}${value ? ` ${value}` : ''}`, help] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

const SETTINGS = `Settings come from the environment (DATABASE_URL, KEYS_DATABASE_URL, MASTER_KEY and Temporal's own variables) or,
without DATABASE_URL, from the stack that npm start runs in this checkout.
Exit codes: 0 done, 1 refused or failed, 2 not understood.`;
