import { describe, expect, it } from 'vitest';
import { exists, folderOf, type Import, importsOf, read, sources } from './source-files.ts';

/** What of the project a folder may import (docs/architecture.md, Folders); its own files always. */
const MAY_IMPORT: Record<string, readonly Allowance[]> = {
  domain: [],
  workflows: ['domain', { types: 'activities' }],
  activities: ['domain', 'gateways', 'db', 'evidence'],
  gateways: ['domain'],
  evidence: ['domain', 'db'],
  db: ['domain'],
  api: ['domain', 'db', 'evidence', 'gateways'],
  workers: ['domain', 'workflows', 'activities', 'gateways', 'evidence', 'db', 'config.ts'],
  app: ['domain', { types: 'api/schemas' }],
  clients: [{ types: 'domain' }, { types: 'api/schemas' }],
  sandbox: ['domain'],
  'config.ts': ['domain'],
};
type Allowance = string | { types: string };

const all = sources.flatMap(importsOf);
const own = all.filter(({ kind }) => kind === 'own');
const under = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** As an error message shows it: the offending file and line first. */
const told = ({ file, line, target }: Import) => `${file}:${line} imports ${target}`;

function isAllowed({ file, target, typeOnly }: Import): boolean {
  const folder = folderOf(file);
  if (under(target, folder)) return true;
  if (file === 'api/main.ts' && target === 'config.ts') return true;
  return (MAY_IMPORT[folder] ?? []).some((allowance) =>
    typeof allowance === 'string' ? under(target, allowance) : typeOnly && under(target, allowance.types),
  );
}

describe('imports', () => {
  it('are found: a list that is empty would keep every rule', () => {
    expect(all.length).toBeGreaterThan(300);
    expect(own.every(({ target }) => exists(target))).toBe(true);
  });

  it.each(Object.keys(MAY_IMPORT))('of %s go only where the table allows', (folder) => {
    const offending = own.filter((entry) => folderOf(entry.file) === folder && !isAllowed(entry));
    expect(offending.map(told)).toEqual([]);
  });

  it('of evidence/verify go to the domain only: whoever verifies offline has no database', () => {
    const offending = own.filter(
      ({ file, target }) =>
        under(file, 'evidence/verify') && !under(target, 'evidence/verify') && !under(target, 'domain'),
    );
    expect(offending.map(told)).toEqual([]);
  });

  it('never go to scripts, benchmarks or tests from the product', () => {
    const offending = own.filter(
      ({ file, target }) =>
        folderOf(file) in MAY_IMPORT && ['scripts', 'bench', 'test'].includes(folderOf(target)),
    );
    expect(offending.map(told)).toEqual([]);
  });

  it('name a file of ours with its extension', () => {
    const offending = own.filter(({ target }) => !/\.(ts|tsx|mjs|json|css)$/.test(target));
    expect(offending.map(told)).toEqual([]);
  });

  it('of domain and workflows reach no Node built-in: both run inside the workflow sandbox', () => {
    const offending = all.filter(
      ({ file, kind }) => ['domain', 'workflows'].includes(folderOf(file)) && kind === 'node',
    );
    expect(offending.map(told)).toEqual([]);
  });

  it.each([
    ['domain', ['@noble/hashes', 'canonicalize', 'libphonenumber-js', 'zod']],
    ['workflows', ['@temporalio/common', '@temporalio/workflow']],
  ])('of %s are from few packages', (folder, packages) => {
    const offending = all.filter(
      ({ file, kind, target }) =>
        folderOf(file) === folder && kind === 'package' && !packages.includes(target),
    );
    expect(offending.map(told)).toEqual([]);
  });

  it('of the whole configuration are left to entry points', () => {
    const entry = /^(api\/main|workers\/main|scripts\/.*|bench\/.*|test\/.*)\.ts$/;
    const offending = own.filter(
      ({ file, target, typeOnly }) => target === 'config.ts' && !typeOnly && !entry.test(file),
    );
    expect(offending.map(told)).toEqual([]);
  });

  it('of packages in what is shipped are of dependencies, not of devDependencies', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const shipped =
      /^(activities|api|clients|config\.ts|db|domain|evidence|gateways|workers|workflows|scripts\/(admin\/.*|\w+\.ts)$)/;
    const offending = all.filter(
      ({ file, kind, target, typeOnly }) =>
        shipped.test(file) && kind === 'package' && !typeOnly && !(target in dependencies),
    );
    expect(offending.map(told)).toEqual([]);
  });
});

describe('rows of a process', () => {
  /** What is listed writes no row: it says how a person is sealed, which the API's first insert needs too. */
  const SHARED = ['db/registration/person.ts'];
  const writers = (path: string) => under(path, 'db/poa') || under(path, 'db/registration');

  it('are written by activities only: nobody else imports what writes them', () => {
    const offending = own.filter(
      ({ file, target, typeOnly }) =>
        writers(target) &&
        !writers(file) &&
        !typeOnly &&
        !SHARED.includes(target) &&
        !['activities', 'bench', 'test'].includes(folderOf(file)),
    );
    expect(offending.map(told)).toEqual([]);
  });
});

describe('Temporal', () => {
  it('is asked in one place: who starts or messages a process goes through gateways/temporal.ts', () => {
    const client = all.filter(
      ({ target, file, typeOnly }) =>
        target === '@temporalio/client' && !typeOnly && folderOf(file) in MAY_IMPORT,
    );
    const wiring =
      /^(gateways\/temporal|api\/main|api\/operator\/temporal-readiness|workers\/(run|cluster))\.ts$/;
    expect(client.filter(({ file }) => !wiring.test(file)).map(told)).toEqual([]);
  });

  it('has no personal data to carry: workflows import no gateway, database or declaration', () => {
    const heavy =
      /^domain\/(canonical|phone|declaration|declaration-schema|currency|unit|identity-number|name|text|decimal|challenge|notice)\.ts$/;
    const offending = own.filter(({ file, target }) => folderOf(file) === 'workflows' && heavy.test(target));
    expect(offending.map(told)).toEqual([]);
  });
});
