import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jcs } from '../../../domain/canonical.ts';
import { PACK_FILE } from '../../../domain/pack.ts';
import { CHECKS } from '../../../evidence/verify/checks.ts';
import { consentryVerify } from '../../../evidence/verify/cli.ts';
import { parseLogProof } from '../../../evidence/verify/log-proof.ts';
import { CHECK_WORDS, LANGUAGES } from '../../../evidence/verify/words.ts';
import { createEvidenceWorld, type EvidenceWorld } from '../../support/evidence-world.ts';
import { fileOf, flipped, resealed, withFiles } from '../../support/pack-forgery.ts';

let world: EvidenceWorld;
let directory: string;
let pack: Buffer;
let key: string;
const file = (name: string) => join(directory, name);
beforeAll(async () => {
  world = await createEvidenceWorld();
  const { declarationId } = await world.decide({ decision: 'confirmed' });
  await world.appendAll();
  pack = await world.packOf(declarationId);
  const { jwks, logKey = '' } = await world.trust();
  key = logKey;
  directory = mkdtempSync(join(tmpdir(), 'consentry-verify-'));
  writeFileSync(file('pack.zip'), pack);
  writeFileSync(file('damaged.zip'), flipped(pack, Math.floor(pack.length / 2)));
  writeFileSync(file('jwks.json'), JSON.stringify(jwks));
  writeFileSync(file('key'), `${logKey}\n`);
  writeFileSync(file('keys.json'), JSON.stringify({ origin: 'x', verifierKey: logKey, witnesses: [] }));
  writeFileSync(file('checkpoint'), parseLogProof(fileOf(pack, PACK_FILE.proof).toString()).checkpoint);
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await world.close();
});

const run = (...args: string[]) => {
  const [out, err]: [string[], string[]] = [[], []];
  const code = consentryVerify(args, {
    readFile: readFileSync,
    print: (line) => out.push(line),
    printError: (line) => err.push(line),
    language: 'en',
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
};
const check = (name = 'pack.zip', ...args: string[]) =>
  run(file(name), '--jwks', file('jwks.json'), '--log-key', key, ...args);

describe('consentry-verify', () => {
  it('tells of a genuine pack what it is about, each check, and exits with 0', () => {
    const { code, out, err } = check();
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('confirmed');
    expect(out).toContain('Result: genuine');
    for (const { title } of Object.values(CHECK_WORDS.en)) expect(out).toContain(title);
  });

  it('takes the log key as it is, in a file, or in what the log answers; or a checkpoint', () => {
    for (const value of [key, file('key'), file('keys.json')])
      expect(run(file('pack.zip'), '--jwks', file('jwks.json'), '--log-key', value).code).toBe(0);
    const { code } = run(file('pack.zip'), '--jwks', file('jwks.json'), '--checkpoint', file('checkpoint'));
    expect(code).toBe(0);
  });

  it.each(LANGUAGES)('names in %s what failed and what that means, and exits with 1', (language) => {
    const { code, out } = check('damaged.zip', '--lang', language);
    expect(code).toBe(1);
    expect(out).toContain(CHECK_WORDS[language].container.meaning);
    expect(out).toContain(CHECK_WORDS[language].files.meaning);
    expect(out).toContain('poa.pdf');
  });

  it('has words for every check in both languages', () => {
    for (const language of LANGUAGES) expect(Object.keys(CHECK_WORDS[language])).toEqual(Object.keys(CHECKS));
  });

  it('gives the report as JSON to programs', () => {
    const { code, out } = check('damaged.zip', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, checks: expect.any(Array) });
  });

  it('lets nothing that a pack quotes steer the terminal', async () => {
    const acknowledgement = JSON.parse(fileOf(pack, PACK_FILE.acknowledgement).toString());
    acknowledgement.acknowledgementNumber = '\u001b[2J\u202eKO\u0007';
    const changed = withFiles(pack, { [PACK_FILE.acknowledgement]: jcs(acknowledgement) });
    writeFileSync(file('steering.zip'), await resealed(changed, world.sealer));
    const { code, out } = check('steering.zip');
    expect(code).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it('explains itself', () => {
    expect(run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes') });
    expect(run('--help', '--lang', 'zh-TW').out).toContain('結束代碼');
  });

  it.each([
    [[]],
    [['a.zip', 'b.zip', '--jwks', 'x', '--log-key', 'x']],
    [['a.zip']],
    [['a.zip', '--jwks', 'x']],
    [['a.zip', '--what']],
    [['a.zip', '--lang', 'fr', '--jwks', 'x', '--log-key', 'x']],
    [['a.zip', '--jwks', '/nowhere', '--log-key', 'x']],
    [['a.zip', '--jwks', 'x', '--log-key', 'x', '--origin', 'https://a.example']],
  ])('%j is not understood: exit code 2, nothing on the output', (args) => {
    const { code, out, err } = run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^consentry-verify: ./);
  });

  it('is a program of its own, in the language of its user', { timeout: 120_000 }, () => {
    const args = [file('pack.zip'), '--jwks', file('jwks.json'), '--log-key', key];
    const spawned = (lang: string) =>
      spawnSync(process.execPath, ['bin/consentry-verify.mjs', ...args], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, LANG: lang },
      });
    expect(spawned('zh_TW.UTF-8')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('結果：真實'),
    });
    expect(spawned('C')).toMatchObject({ status: 0, stdout: expect.stringContaining('genuine') });
  });

  it('is also one file that needs nothing of this project', { timeout: 120_000 }, () => {
    const built = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/build/verifier.ts', directory], {
      encoding: 'utf8',
    });
    expect([built.status, built.stderr]).toEqual([0, '']);
    const source = readFileSync(file('consentry-verify.mjs'), 'utf8');
    const imports = [...source.matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from);
    expect(imports.filter((from) => !from?.startsWith('node:'))).toEqual([]);
    expect(imports.filter((from) => /net|http|child|worker/.test(from ?? ''))).toEqual([]);
    const args = ['consentry-verify.mjs', 'pack.zip', '--jwks', 'jwks.json', '--log-key', 'key'];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, expect.stringContaining('genuine')]);
  });
});
