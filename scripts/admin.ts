/** `npm run admin`: what operators do to brokers and to POAs, from a terminal. */
import { resolve } from 'node:path';
import { broker } from './admin/broker.ts';
import { type Commands, help, readArguments, textOf, UsageError } from './admin/command.ts';
import { type Connection, connect } from './admin/connect.ts';
import { poa } from './admin/poa.ts';
import { DATA_DIRECTORY } from './up/paths.ts';

const COMMANDS: Commands = { broker, poa };
const print = (line: string) => console.log(line);

/** Returns the exit code. */
async function main([noun, verb, ...rest]: readonly string[]): Promise<number> {
  if (noun === undefined || noun === '--help') return explain(noun === undefined);
  const verbs = Object.hasOwn(COMMANDS, noun) ? COMMANDS[noun] : undefined;
  if (!verbs) throw new UsageError(`There is no "${noun}".\n\n${help(COMMANDS)}`);
  if (verb === undefined || verb === '--help') return explain(verb === undefined, noun);
  const command = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (!command) throw new UsageError(`There is no "${noun} ${verb}".\n\n${help(COMMANDS, noun)}`);
  const given = readArguments(`${noun} ${verb}`, command, rest);
  if (given.values.help) return explain(false, noun, verb);
  const opened: Connection[] = [];
  try {
    await command.run(
      given,
      () => {
        const connection = connect(resolve(textOf(given, 'data') ?? DATA_DIRECTORY), process.env);
        opened.push(connection);
        return connection;
      },
      print,
    );
    return 0;
  } finally {
    for (const connection of opened) await connection.close();
  }
}

function explain(missing: boolean, noun?: string, verb?: string): number {
  const text = help(COMMANDS, noun, verb);
  if (missing) throw new UsageError(`What is to be done?\n\n${text}`);
  print(text);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(told(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** A refused connection to more than one address has a code and no message. */
function told(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: string; code?: string };
  return message || code || String(error);
}
