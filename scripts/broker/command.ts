import type { ConsentryClient } from '../../clients/typescript/index.ts';

/** The command line was not understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** It was understood, and came out otherwise than hoped, which is told already: exit code 1. */
export class Shortfall extends Error {
  override readonly name = 'Shortfall';
}

/** Where words go to. */
export interface Terminal {
  env: NodeJS.ProcessEnv;
  print(line: string): void;
  printError(line: string): void;
  /** Rewrites one line, where a person looks at it. */
  progress?: ((text: string) => void) | undefined;
  /** Ctrl-C. */
  signal?: AbortSignal | undefined;
}

export const OPTIONS = {
  help: { type: 'boolean', text: 'prints this' },
  json: { type: 'boolean', text: 'prints JSON, a value a line, for other programs' },
  watch: {
    type: 'boolean',
    text: 'submit, correct: stays until each line has its answer; status: until that is final',
  },
  follow: { type: 'boolean', text: 'events: stays, and prints what comes' },
  columns: {
    type: 'string',
    value: 'FILE',
    text: 'submit, correct: map of CSV columns, as JSON (docs/manifests.md)',
  },
  delimiter: {
    type: 'string',
    value: 'CHAR',
    text: 'submit, correct: of CSV, ; or tab where it is no comma',
  },
  key: { type: 'string', value: 'KEY', text: 'Idempotency-Key, instead of one made of the file' },
  version: { type: 'string', value: 'N', text: 'amend: the version that the change is made on' },
  reason: { type: 'string', value: 'REASON', text: 'cancel: why' },
  note: { type: 'string', value: 'TEXT', text: 'cancel: more of it' },
  status: { type: 'string', value: 'STATUS', text: 'list: those alone' },
  flight: { type: 'string', value: 'FLIGHT', text: 'list: of it alone' },
  cursor: { type: 'string', value: 'CURSOR', text: 'events: where the last time ended' },
  out: { type: 'string', value: 'FILE', text: 'evidence: where to, instead of <declarationId>.zip' },
  broker: { type: 'string', value: 'CLIENT_ID', text: 'which of the brokers of the stack that runs here' },
  data: { type: 'string', value: 'DIR', text: 'data directory of that stack, instead of .data/' },
} as const satisfies Record<string, { type: 'boolean' | 'string'; value?: string; text: string }>;

type Name = keyof typeof OPTIONS;
export type Values = { [K in Name]?: (typeof OPTIONS)[K]['type'] extends 'boolean' ? boolean : string };

export interface Given {
  /** As many as the command has positionals. */
  positionals: readonly string[];
  values: Values;
}

export interface Command {
  positionals: readonly string[];
  options: readonly Name[];
  summary: string;
  run(client: ConsentryClient, given: Given, terminal: Terminal): Promise<void>;
}
