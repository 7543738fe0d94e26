import { createWriteStream, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ColumnMap,
  type ConsentryClient,
  type ConsentryEvent,
  type Declaration,
  type Manifest,
  ProblemError,
  type Submission,
  type UploadOptions,
} from '../../clients/typescript/index.ts';
import { CANCELLATION_REASONS } from '../../domain/outcome.ts';
import { POA_STATUSES } from '../../domain/poa-state.ts';
import { type Command, type Given, Shortfall, type Terminal, UsageError } from './command.ts';
import { bar, counts, shareOf } from './progress.ts';

const LOOK_EVERY_MS = 2_000;

const first = ({ positionals }: Given): string => positionals[0] ?? '';

function jsonFile(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${file} is not JSON.`);
  }
}

/** A word out of a list. Throws `UsageError`. */
function oneOf<T extends string>(words: readonly T[], word: string, option: string): T {
  const known = words.find((one) => one === word);
  if (!known) throw new UsageError(`--${option} is one of ${words.join(', ')}.`);
  return known;
}

const DELIMITERS = { ',': ',', ';': ';', tab: '\t' } as const;
const delimiterOf = (word: string) =>
  DELIMITERS[oneOf(Object.keys(DELIMITERS) as (keyof typeof DELIMITERS)[], word, 'delimiter')];

const show = (value: object, { values }: Given, { print }: Terminal, text: () => string) =>
  print(values.json ? JSON.stringify(value) : text());

const declarationLine = (of: Declaration): string =>
  [of.declarationId, of.status.padEnd(20), `v${of.version}`, of.flight ?? '', of.houseWaybill ?? ''].join(
    '  ',
  );

const aboutOf = (data: ConsentryEvent['data']): string[] =>
  'manifestId' in data
    ? [data.manifestId, ...Object.entries(data.lines).map(([result, count]) => `${result} ${count}`)]
    : [data.declarationId, data.houseWaybill];

/** What stands in the way, below its declaration. */
const problemLines = ({ problems = [] }: Declaration): string[] =>
  problems.map(({ pointer, detail }) => `    ${pointer}: ${detail}`);

const told = (of: Declaration): string => [declarationLine(of), ...problemLines(of)].join('\n');

const uploading =
  (kind: 'upload' | 'correct'): Command['run'] =>
  async (client, given, terminal) => {
    const { values } = given;
    const options: UploadOptions = {
      ...(values.key && { idempotencyKey: values.key }),
      ...(values.columns && { columns: jsonFile(values.columns) as ColumnMap }),
      ...(values.delimiter && { delimiter: delimiterOf(values.delimiter) }),
      onProgress: (sent, total) => terminal.progress?.(`sending    ${bar(total === 0 ? 1 : sent / total)}`),
    };
    const manifestId = await client.manifests[kind](first(given), options);
    terminal.progress?.('');
    show({ manifestId }, given, terminal, () => `manifest ${manifestId}: every line is kept.`);
    if (values.watch) await followManifest(client, manifestId, given, terminal);
    else if (!values.json) terminal.print(`How far it is: npm run broker -- status ${manifestId} --watch`);
  };

async function followManifest(
  { manifests }: ConsentryClient,
  manifestId: string,
  given: Given,
  terminal: Terminal,
): Promise<void> {
  let last: Manifest | undefined;
  for await (const manifest of manifests.watch(manifestId, terminal)) {
    last = manifest;
    if (terminal.progress) terminal.progress(`declaring  ${bar(shareOf(manifest))}  ${counts(manifest)}`);
    else show(manifest, given, terminal, () => counts(manifest));
  }
  if (terminal.progress && last) {
    terminal.progress('');
    const final = last;
    show(final, given, terminal, () => counts(final));
  }
  await tellRejected({ manifests }, manifestId, given, terminal);
}

/** Throws `Shortfall` when there are any. */
async function tellRejected(
  { manifests }: Pick<ConsentryClient, 'manifests'>,
  manifestId: string,
  given: Given,
  terminal: Terminal,
): Promise<void> {
  let any = false;
  for await (const line of manifests.lines(manifestId, 'rejected')) {
    any = true;
    const { detail = '', errors = [] } = line.problem ?? {};
    const why = errors.length > 0 ? errors.map((e) => `${e.pointer}: ${e.detail}`).join('; ') : detail;
    show(line, given, terminal, () => `  line ${line.line}: ${why}`);
  }
  if (any) throw new Shortfall();
}

/** An id is of a declaration, else of a manifest. */
async function findEither(
  client: ConsentryClient,
  id: string,
): Promise<{ declaration: Declaration } | { manifest: Manifest }> {
  try {
    return { declaration: await client.declarations.get(id) };
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'not-found') throw error;
    return { manifest: await client.manifests.get(id) };
  }
}

/** Nothing more comes of it unless the broker does something. */
const FINAL: ReadonlySet<string> = new Set([
  'confirmed',
  'declined',
  'repudiated',
  'expired',
  'unregistered',
  'cancelled',
  'needs_correction',
]);

async function followDeclaration(
  { declarations }: ConsentryClient,
  id: string,
  given: Given,
  terminal: Terminal,
) {
  for (let last = ''; ; await sleep(LOOK_EVERY_MS, undefined, { signal: terminal.signal })) {
    const now = await declarations.get(id);
    const line = told(now);
    if (line !== last) show(now, given, terminal, () => line);
    if (FINAL.has(now.status)) return;
    last = line;
  }
}

/** Written beside it first: a file of that name is whole. */
async function save(bytes: ReadableStream<Uint8Array>, file: string): Promise<void> {
  const partial = `${file}.part`;
  try {
    await pipeline(
      Readable.fromWeb(bytes as import('node:stream/web').ReadableStream),
      createWriteStream(partial),
    );
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

export const COMMANDS: Readonly<Record<string, Command>> = {
  submit: {
    positionals: ['file'],
    options: ['watch', 'columns', 'delimiter', 'key'],
    summary: 'declares a manifest (.ndjson or .csv); the same file again is the same manifest',
    run: uploading('upload'),
  },
  correct: {
    positionals: ['file'],
    options: ['watch', 'columns', 'delimiter', 'key'],
    summary: 'amends what the file says (.ndjson or .csv), line by line',
    run: uploading('correct'),
  },
  status: {
    positionals: ['id'],
    options: ['watch'],
    summary: 'how a manifest or a declaration stands, and what is wrong with it',
    async run(client, given, terminal) {
      const found = await findEither(client, first(given));
      if ('declaration' in found) {
        if (given.values.watch) return followDeclaration(client, first(given), given, terminal);
        return show(found.declaration, given, terminal, () => told(found.declaration));
      }
      if (given.values.watch) return followManifest(client, first(given), given, terminal);
      show(found.manifest, given, terminal, () => counts(found.manifest));
      await tellRejected(client, first(given), given, terminal);
    },
  },
  declare: {
    positionals: ['file'],
    options: ['key'],
    summary: 'declares one shipment (.json)',
    async run({ declarations }, given, terminal) {
      const submission = jsonFile(first(given)) as Submission;
      const key = given.values.key;
      const created = await declarations.create(submission, key ? { idempotencyKey: key } : {});
      show(created, given, terminal, () => told(created));
    },
  },
  amend: {
    positionals: ['id', 'file'],
    options: ['version', 'key'],
    summary: 'amends a declaration, whole (.json), on the version that is in force or on --version',
    async run({ declarations }, given, terminal) {
      const { version, key } = given.values;
      const on = version === undefined ? (await declarations.get(first(given))).version : Number(version);
      const submission = jsonFile(given.positionals[1] ?? '') as Submission;
      const amended = await declarations.amend(
        first(given),
        on,
        submission,
        key ? { idempotencyKey: key } : {},
      );
      show(amended, given, terminal, () => told(amended));
    },
  },
  cancel: {
    positionals: ['id'],
    options: ['reason', 'note'],
    summary: `takes a declaration back; --reason is one of ${CANCELLATION_REASONS.join(', ')}`,
    async run({ declarations }, given, terminal) {
      const { reason = '', note } = given.values;
      const cancelled = await declarations.cancel(first(given), {
        reason: oneOf(CANCELLATION_REASONS, reason, 'reason'),
        ...(note !== undefined && { note }),
      });
      show(cancelled, given, terminal, () => told(cancelled));
    },
  },
  list: {
    positionals: [],
    options: ['status', 'flight'],
    summary: 'declarations, newest first',
    async run({ declarations }, given, terminal) {
      const { status, flight } = given.values;
      const filter = {
        ...(status && { status: oneOf(POA_STATUSES, status, 'status') }),
        ...(flight && { flight }),
      };
      for await (const one of declarations.list(filter)) show(one, given, terminal, () => told(one));
    },
  },
  evidence: {
    positionals: ['declarationId'],
    options: ['out'],
    summary: 'fetches the evidence pack of a POA; npm run verify checks it',
    async run({ declarations }, given, terminal) {
      const file = given.values.out ?? `${first(given)}.zip`;
      await save(await declarations.evidence(first(given)), file);
      show({ file }, given, terminal, () => `${file}\nCheck it: npm run verify -- ${file} --help`);
    },
  },
  events: {
    positionals: [],
    options: ['follow', 'cursor'],
    summary: 'what happened to all declarations, oldest first',
    async run({ events }, given, terminal) {
      const { cursor, follow = false } = given.values;
      const options = {
        once: !follow,
        ...(cursor && { cursor }),
        ...(terminal.signal && { signal: terminal.signal }),
      };
      for await (const page of events.follow(options)) {
        for (const event of page.events) {
          const { timestamp, type, data } = event;
          show({ ...event, cursor: page.cursor }, given, terminal, () =>
            [timestamp, type.padEnd(32), ...aboutOf(data)].join('  '),
          );
        }
      }
    },
  },
};
