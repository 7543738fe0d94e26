/** The project's own files, as they would be committed, and what each imports. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Paths from the root: what git keeps, and what is new and not ignored. */
export const files: readonly string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard'],
  { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
)
  .split('\n')
  .filter((file) => file !== '' && statSync(join(ROOT, file), { throwIfNoEntry: false })?.isFile());

export const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

export const exists = (file: string): boolean => existsSync(join(ROOT, file));

export interface Import {
  readonly file: string;
  readonly line: number;
  /** Path from the root of a file of ours, `node:…`, or a package's name. */
  readonly target: string;
  readonly kind: 'own' | 'node' | 'package';
  /** Erased before it runs: `import type`, or nothing but `type` members. */
  readonly typeOnly: boolean;
}

const STATEMENT = /^(?:import|export)\b(?<clause>[^'"`;]*?)\bfrom\s*(['"])(?<from>[^'"]+)\2/gm;
const BARE = /^import\s*(['"])(?<from>[^'"]+)\1/gm;
const DYNAMIC = /\bimport\(\s*(['"])(?<from>[^'"]+)\1/g;

/** Every import, re-export and dynamic import that stands in a file. */
export function importsOf(file: string): Import[] {
  const text = read(file);
  return [STATEMENT, BARE, DYNAMIC].flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => {
      const { clause = '', from = '' } = match.groups ?? {};
      return {
        file,
        line: text.slice(0, match.index).split('\n').length,
        typeOnly: isTypeOnly(clause),
        ...resolve(file, from),
      };
    }),
  );
}

function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const members = /^\s*\{([^}]*)\}\s*$/
    .exec(clause)?.[1]
    ?.split(',')
    .filter((member) => member.trim() !== '');
  return members?.every((member) => member.trim().startsWith('type ')) ?? false;
}

function resolve(file: string, from: string): Pick<Import, 'target' | 'kind'> {
  if (from.startsWith('node:')) return { kind: 'node', target: from };
  if (from.startsWith('.')) return { kind: 'own', target: normalize(join(dirname(file), from)) };
  const [scope = '', name = ''] = from.split('/');
  return { kind: 'package', target: scope.startsWith('@') ? `${scope}/${name}` : scope };
}

/** Source files, tests and configuration included. */
export const sources: readonly string[] = files.filter((file) => /\.(ts|mts|mjs|tsx)$/.test(file));

/** First part of a path; a file at the root is its own. */
export const folderOf = (file: string): string => file.split('/')[0] ?? file;

/** Where a text stands, as a person and an editor read it. */
export const at = (file: string, text: string, index: number): string =>
  `${file}:${text.slice(0, index).split('\n').length}`;
