/** The verifier's command line: a table for people, JSON for programs, and an exit code. */
import { parseArgs } from 'node:util';
import { BadTrust, type Trust } from './trust.ts';
import { type CheckResult, type VerificationReport, verifyPack } from './verify-pack.ts';
import { CHECK_WORDS, CLI_WORDS, type CliWords, LANGUAGES, type Language } from './words.ts';

export interface Terminal {
  /** As a file's bytes; throws when there is none. */
  readFile(path: string): Uint8Array;
  print(line: string): void;
  printError(line: string): void;
  /** Of the user's locale, unless `--lang` says otherwise. */
  language: Language;
}

const OPTIONS = {
  jwks: { type: 'string' },
  'log-key': { type: 'string' },
  checkpoint: { type: 'string' },
  witness: { type: 'string', multiple: true },
  'rp-id': { type: 'string' },
  origin: { type: 'string' },
  lang: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** The command line was not understood, or a file cannot be read: exit code 2. */
class UsageError extends Error {}

/** Returns the exit code: 0 genuine, 1 a check failed, 2 not understood. */
export function consentryVerify(args: readonly string[], terminal: Terminal): number {
  try {
    const { values, positionals } = parsed(args);
    const language = languageOf(values.lang) ?? terminal.language;
    const words = CLI_WORDS[language];
    if (values.help) {
      terminal.print(words.help);
      return 0;
    }
    const [path, ...more] = positionals;
    if (!path || more.length > 0) throw new UsageError(words.onePack);
    const report = verifyPack(read(terminal, path), trustOf(values, terminal, words));
    if (values.json) terminal.print(JSON.stringify(report, null, 2));
    else for (const line of told(report, language)) terminal.print(line);
    return report.ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof BadTrust)) throw error;
    terminal.printError(`consentry-verify: ${error.message}`);
    return 2;
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

type Values = ReturnType<typeof parsed>['values'];

function languageOf(lang: string | undefined): Language | null {
  const known = LANGUAGES.find((language) => language === lang);
  if (lang !== undefined && !known) throw new UsageError(`--lang: ${LANGUAGES.join(', ')}`);
  return known ?? null;
}

function trustOf(values: Values, terminal: Terminal, words: CliWords): Trust {
  const { jwks, checkpoint, witness, origin, 'log-key': logKey, 'rp-id': rpId } = values;
  if (!jwks || (!logKey && !checkpoint)) throw new UsageError(words.trustNeeded);
  if ((rpId === undefined) !== (origin === undefined)) throw new UsageError(words.bothOfThem);
  return {
    jwks: json(terminal, jwks),
    logKey: logKey && (isVerifierKey(logKey) ? logKey : keyIn(terminal, logKey)),
    checkpoint: checkpoint && text(terminal, checkpoint),
    witnesses: witness,
    relyingParty: rpId && origin ? { id: rpId, origin } : undefined,
  };
}

const isVerifierKey = (value: string): boolean => /^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/.test(value);

/** A file with the key alone, or what the log answers at /log/v1/keys. */
function keyIn(terminal: Terminal, path: string): string {
  const content = text(terminal, path).trim();
  if (isVerifierKey(content)) return content;
  const { verifierKey } = json(terminal, path) as { verifierKey?: unknown };
  if (typeof verifierKey !== 'string') throw new UsageError(`${path}: no verifier key`);
  return verifierKey;
}

function json(terminal: Terminal, path: string): unknown {
  const value = (() => {
    try {
      return JSON.parse(text(terminal, path)) as unknown;
    } catch (error) {
      throw error instanceof UsageError ? error : new UsageError(`${path}: no JSON`);
    }
  })();
  if (typeof value !== 'object' || value === null) throw new UsageError(`${path}: no JSON object`);
  return value;
}

const text = (terminal: Terminal, path: string): string => new TextDecoder().decode(read(terminal, path));

function read(terminal: Terminal, path: string): Uint8Array {
  try {
    return terminal.readFile(path);
  } catch (error) {
    throw new UsageError(`${path}: ${(error as { code?: string }).code ?? 'cannot be read'}`);
  }
}

const MARK: Record<CheckResult['result'], string> = {
  passed: '✓',
  failed: '✗',
  'not-applicable': '–',
  'not-checked': '?',
};

function told({ ok, about, checks }: VerificationReport, language: Language): string[] {
  const words = CLI_WORDS[language];
  const failed = checks.filter(({ result }) => result === 'failed').length;
  return [
    ...(about ? [words.about(about), ''] : []),
    ...checks.flatMap(({ id, result, detail }) => {
      const { title, meaning } = CHECK_WORDS[language][id];
      const line = `${MARK[result]} ${title}`;
      if (result !== 'failed') return [detail ? `${line} (${detail})` : line];
      return [line, `    ${words.means}${meaning}`, `    ${words.found}${id}: ${detail}`];
    }),
    '',
    ok ? words.genuine : words.notGenuine(failed),
  ].map(printable);
}

/** What a pack quotes may hold anything: nothing of it steers a terminal or turns its lines around. */
const printable = (line: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  line.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, '\ufffd');
