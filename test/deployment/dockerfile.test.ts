import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importsOf, sources } from '../architecture/source-files.ts';
import { path, servicesOf, text } from './compose.ts';

interface Stage {
  from: string;
  name: string;
  steps: { instruction: string; rest: string }[];
}

/** Stages with their instructions; comments dropped, continued lines joined. */
const stages: Stage[] = text('Dockerfile')
  .replace(/^\s*#.*\n/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .reduce<Stage[]>((list, line) => {
    const [, instruction = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? [];
    const [, from = '', name = ''] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
    if (instruction === 'FROM') list.push({ from, name, steps: [] });
    else list.at(-1)?.steps.push({ instruction, rest });
    return list;
  }, []);

const stage = (name: string): Stage =>
  stages.find((entry) => entry.name === name) ?? { from: '', name, steps: [] };
const rests = (name: string, instruction: string) =>
  stage(name)
    .steps.filter((step) => step.instruction === instruction)
    .map(({ rest }) => rest);
/** What a stage copies from the project. */
const copied = (name: string) =>
  rests(name, 'COPY')
    .filter((rest) => !rest.startsWith('--from'))
    .flatMap((rest) => rest.split(/\s+/).slice(0, -1));

describe('the image', () => {
  it('is built on Debian: the SDK has no core for musl', () => {
    const outside = stages
      .map(({ from }) => from)
      .filter((from) => !stages.some(({ name }) => name === from));
    expect(outside.length).toBeGreaterThan(0);
    for (const from of outside) expect(from).toMatch(/^node:\d+-bookworm-slim$/);
  });

  it('ends with the product, which runs as nobody special and is asked for its health', () => {
    expect(stages.at(-1)?.name).toBe('product');
    expect(rests('product', 'USER')).toEqual(['node']);
    expect(rests('product', 'HEALTHCHECK')[0]).toContain('/healthz');
    expect(rests('product', 'CMD')).toEqual([
      JSON.stringify(servicesOf('docker-compose.yml').api?.command).replaceAll('","', '", "'),
    ]);
  });

  it('holds what package-lock.json names, without what only development needs', () => {
    expect(rests('packages', 'RUN')[0]).toMatch(/^npm ci --omit=dev /);
    expect(copied('base')).toEqual(['package.json', 'package-lock.json', '.npmrc']);
  });

  it('holds every folder that its programs import from, and no test or stand-in', () => {
    const folders = copied('source');
    const needed = new Set<string>();
    const queue = [
      'api/main.ts',
      'workers/main.ts',
      'workflows/index.ts',
      'scripts/migrate.ts',
      'scripts/bundle.ts',
      'scripts/admin.ts',
    ];
    for (const file of queue) {
      if (!sources.includes(file) || needed.has(file)) continue;
      needed.add(file);
      queue.push(
        ...importsOf(file)
          .filter(({ kind, typeOnly }) => kind === 'own' && !typeOnly)
          .map(({ target }) => target),
      );
    }
    expect(needed.size).toBeGreaterThan(50);
    const missing = [...needed].filter(
      (file) => !folders.some((folder) => file === folder || file.startsWith(`${folder}/`)),
    );
    expect(missing).toEqual([]);
    expect(folders.filter((folder) => ['sandbox', 'test', 'bench'].includes(folder))).toEqual([]);
  });

  it("holds the importers' app as built, where the API looks for it", () => {
    expect(rests('app', 'RUN')).toContain('npm run build:app');
    expect(copied('app')).toEqual(expect.arrayContaining(['app', 'domain', 'scripts']));
    expect(rests('product', 'COPY')).toContain('--from=app /app/app/dist app/dist');
  });

  it('of the sandbox holds what the stand-ins import', () => {
    const folders = copied('sandbox');
    const imports = sources.filter((file) => file.startsWith('sandbox/')).flatMap(importsOf);
    const missing = imports
      .filter(({ kind, typeOnly }) => kind === 'own' && !typeOnly)
      .filter(({ target }) => !folders.some((folder) => target.startsWith(`${folder}/`)));
    expect(missing).toEqual([]);
  });

  it('copies only what exists and .dockerignore lets through', () => {
    const let_through = text('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const file of stages.flatMap(({ name }) => copied(name))) {
      expect([file, existsSync(path(file))]).toEqual([file, true]);
      expect([file, let_through.some((entry) => file === entry || file.startsWith(`${entry}/`))]).toEqual([
        file,
        true,
      ]);
    }
  });

  it('brings its workflows bundled, where the worker looks for them', () => {
    expect(rests('source', 'RUN')).toEqual(['npm run bundle -- workflow-bundle.js']);
    const bundle = servicesOf('docker-compose.yml').worker?.environment?.WORKFLOW_BUNDLE;
    expect(bundle).toBe('/app/workflow-bundle.js');
    expect(rests('product', 'ENV')[0]).toContain(`WORKFLOW_BUNDLE=${bundle}`);
  });
});

describe('the scripts of a deployment', () => {
  const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };

  it.each(['bundle', 'migrate', 'secrets'])('npm run %s runs a file that is here', (name) => {
    const file = scripts[name]?.replace(/^tsx /, '') ?? '';
    expect(existsSync(path(file))).toBe(true);
  });
});
