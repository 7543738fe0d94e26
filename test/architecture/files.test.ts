import { describe, expect, it } from 'vitest';
import { at, files, folderOf, read, sources } from './source-files.ts';

const code = sources.filter((file) => file !== 'vitest.config.ts');

/** Comments and strings blanked, line breaks kept. */
const withoutWords = (text: string) =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:])\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");

describe('source files', () => {
  it('stay one idea: at most 450 lines', () => {
    const long = code.filter((file) => read(file).trimEnd().split('\n').length > 450);
    expect(long).toEqual([]);
  });

  it('are no barrels: each holds something of its own', () => {
    // What the worker bundles is named by a list of workflows.
    const barrels = code
      .filter((file) => file !== 'workflows/index.ts' && !file.endsWith('.d.ts'))
      .filter((file) => {
        const rest = withoutWords(read(file)).replace(/^export\b[^;]*\bfrom ''(;|$)/gm, '');
        return rest.trim() === '' && read(file).trim() !== '';
      });
    expect(barrels).toEqual([]);
  });

  it('know the type of everything: no `any`, unless a comment says why', () => {
    const found = code
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => {
        const lines = read(file).split('\n');
        const text = withoutWords(lines.join('\n'));
        return [...text.matchAll(/(?::|\bas|<|\||=>|,)\s*any\b(?!\s*[:(])/g)]
          .map(({ index }) => text.slice(0, index).split('\n').length)
          .filter((line) => !lines[line - 2]?.includes('biome-ignore lint/suspicious/noExplicitAny: '))
          .map((line) => `${file}:${line}`);
      });
    expect(found).toEqual([]);
  });

  it('read the environment in config.ts only; programs of the sandbox and scripts at their own entry points', () => {
    const readers = /^(config\.ts|sandbox\/[\w-]+\/main\.ts|scripts\/.*|bench\/.*|test\/.*)$/;
    const found = code
      .filter((file) => !readers.test(file))
      .flatMap((file) => {
        const text = withoutWords(read(file));
        const uses = /\bprocess\.env\b|\bprocess\[|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/g;
        return [...text.matchAll(uses)].map(({ index }) => at(file, text, index));
      });
    expect(found).toEqual([]);
  });

  it('mock nothing of ours', () => {
    const found = sources.flatMap((file) => {
      const text = read(file);
      return [...text.matchAll(/\bvi\.(mock|doMock)\(\s*['"]\.{1,2}\//g)].map(({ index }) =>
        at(file, text, index),
      );
    });
    expect(found).toEqual([]);
  });
});

describe('what is committed', () => {
  /** Written in parts, so that this file does not hold what it looks for. */
  const MACHINE = [
    [
      'an absolute path of one machine',
      new RegExp(['(^|[\\s"\'`(=:])/(?:wo', 'rk|ro', 'ot|home/\\w+|Users/\\w+)/'].join('')),
    ],
    [
      'the address of a package registry',
      new RegExp(
        ['registry\\.(?:np', 'mjs|yarnpkg)|pypi\\.or', 'g/simple|proxy\\.golan', 'g|art', 'ifactory'].join(
          '',
        ),
      ),
    ],
  ] as const;

  it.each(MACHINE)('names nowhere %s', (_, pattern) => {
    const text = files.filter((file) => !/\.(png|ico|woff2?|ttf|zip|json\.gz|jpg|svg)$/.test(file));
    const found = text.flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}`] : [])),
    );
    expect(found).toEqual([]);
  });

  it('lets the lock file work with any registry: it says what, not from where', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { resolved?: string; integrity?: string }>;
    };
    const entries = Object.entries(packages).filter(([path]) => path !== '');
    expect(entries.length).toBeGreaterThan(100);
    expect(entries.filter(([, { resolved }]) => resolved).map(([path]) => path)).toEqual([]);
    expect(entries.filter(([, { integrity }]) => !integrity).map(([path]) => path)).toEqual([]);
  });

  it('has each dependency at one exact version', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
      read('package.json'),
    ) as Record<string, Record<string, string>>;
    const versions = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
    const temporal = versions
      .filter(([name]) => name.startsWith('@temporalio/'))
      .map(([, version]) => version);
    expect(new Set(temporal).size).toBe(1);
  });

  it('says of everything simulated that it is: only in sandbox/', () => {
    const found = code
      .filter((file) => /(^|\/)(fake|mock|stub|simulat)/i.test(file) && folderOf(file) !== 'sandbox')
      .filter((file) => folderOf(file) !== 'test');
    expect(found).toEqual([]);
  });
});
