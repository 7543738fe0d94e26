import { resolve } from 'node:path';
import { DATA_DIRECTORY } from '../up/paths.ts';
import { broker } from './broker.ts';
import { type Commands, help, readArguments, textOf, UsageError } from './command.ts';
import { type Connection, connect } from './connect.ts';
import { evidence } from './evidence.ts';
import { fraud } from './fraud.ts';
import { identity } from './identity.ts';
import { keys } from './keys.ts';
import { poa } from './poa.ts';

const COMMANDS: Commands = { broker, evidence, fraud, identity, keys, poa };

/** Where a command's words go to and its settings come from. */
export interface Terminal {
  env: NodeJS.ProcessEnv;
  print(line: string): void;
  printError(line: string): void;
}

/** Returns the exit code: 0 done, 1 refused or failed, 2 not understood. */
export async function admin(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await run(args, terminal);
    return 0;
  } catch (error) {
    terminal.printError(told(error));
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run([noun, verb, ...rest]: readonly string[], { env, print }: Terminal): Promise<void> {
  if (noun === '--help') return print(help(COMMANDS));
  if (noun === undefined) throw new UsageError(`What is to be done?\n\n${help(COMMANDS)}`);
  const verbs = Object.hasOwn(COMMANDS, noun) ? COMMANDS[noun] : undefined;
  if (!verbs) throw new UsageError(`There is no "${noun}".\n\n${help(COMMANDS)}`);
  if (verb === '--help') return print(help(COMMANDS, noun));
  if (verb === undefined) throw new UsageError(`What is to be done?\n\n${help(COMMANDS, noun)}`);
  const command = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (!command) throw new UsageError(`There is no "${noun} ${verb}".\n\n${help(COMMANDS, noun)}`);
  const given = readArguments(`${noun} ${verb}`, command, rest);
  if (given.values.help) return print(help(COMMANDS, noun, verb));
  const opened: Connection[] = [];
  const open = () => {
    const connection = connect(resolve(textOf(given, 'data') ?? DATA_DIRECTORY), env);
    opened.push(connection);
    return connection;
  };
  try {
    await command.run(given, open, print);
  } finally {
    for (const connection of opened) await connection.close();
  }
}

/** A refused connection to more than one address has a code and no message. */
function told(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: string; code?: string };
  return message || code || String(error);
}
