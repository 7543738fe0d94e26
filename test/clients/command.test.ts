/** `npm run broker`: a broker's side from a terminal, on the client. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rotateKey } from '../../db/brokers.ts';
import { sequenceEvents } from '../../db/webhooks/sequence.ts';
import { broker } from '../../scripts/broker/main.ts';
import { apiDeps, listen } from '../support/api-world.ts';
import { submission } from '../support/broker-client.ts';
import { createEvidenceWorld, type EvidenceWorld } from '../support/evidence-world.ts';
import { ndjson } from '../support/manifests.ts';
import { bindPerson } from '../support/poa-fixtures.ts';
import { createPoaWorld, type PoaWorld } from '../support/poa-world.ts';

const directory = mkdtempSync(join(tmpdir(), 'consentry-broker-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const CLIENT_ID = 'broker';
let env: Record<string, string>;
async function run(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await broker(args, {
    env,
    print: (line) => out.push(line),
    printError: (line) => err.push(line),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};

describe('with the whole process behind it', () => {
  let world: PoaWorld;
  let api: Awaited<ReturnType<typeof listen>>;
  beforeAll(async () => {
    world = await createPoaWorld();
    await bindPerson(world);
    api = await listen(await apiDeps(world.db, world.processes));
  });
  afterAll(async () => {
    await api?.close();
    await world?.close();
  });
  beforeEach(async () => {
    const secret = (await rotateKey(world.pool, CLIENT_ID)) ?? '';
    env = { CONSENTRY_URL: api.url, CONSENTRY_CLIENT_ID: CLIENT_ID, CONSENTRY_CLIENT_SECRET: secret };
  });

  test('submit --watch stays until each line has its answer, and names the bad ones', async () => {
    const bad = { ...submission(), packages: 0 };
    const manifest = file('flight.ndjson', ndjson([submission(), bad, submission(), '{"cut']));
    const { code, out } = await run('submit', manifest, '--watch');
    expect(code).toBe(1);
    const id = /^manifest (\S+):/.exec(out)?.[1] ?? '';
    expect(out).toMatch(/completed: 2 accepted, 2 rejected, 0 waiting, of 4/);
    expect(out).toMatch(/ {2}line 2: \/packages: .+\n {2}line 4: The line is not valid JSON\.$/);
    const again = await run('submit', manifest);
    expect([again.code, again.out]).toEqual([0, expect.stringContaining(id)]);

    const json = await run('status', id, '--json');
    const [counts, ...lines] = json.out.split('\n').map((line) => JSON.parse(line));
    expect(counts).toMatchObject({ manifestId: id, lines: { accepted: 2, rejected: 2 } });
    expect(lines.map(({ line }) => line)).toEqual([2, 4]);
    await sequenceEvents(world.pool);
    const events = await run('events');
    expect(events.out).toContain('declaration.received');
  });

  test('declare, amend, list and cancel go on one declaration; what is refused names the member', async () => {
    const body = submission({ flight: 'BR0857' });
    const one = file('one.json', JSON.stringify(body));
    const declared = JSON.parse((await run('declare', one, '--json')).out);
    const other = file('other.json', JSON.stringify({ ...body, packages: 2 }));
    expect((await run('amend', declared.declarationId, other)).out).toContain('v2');
    const stale = await run('amend', declared.declarationId, one, '--version', '1');
    expect([stale.code, stale.err]).toEqual([1, expect.stringContaining('412 version-conflict')]);
    expect((await run('list', '--flight', 'BR0857')).out).toContain(body.houseWaybill);
    const wrong = file('wrong.json', JSON.stringify({ ...body, grossMassKg: '700' }));
    expect((await run('declare', wrong)).err).toMatch(/422 validation-failed\)\n {2}\/grossMassKg: /);
    const early = await run('evidence', declared.declarationId, '--out', join(directory, 'none.zip'));
    expect([early.code, early.err]).toEqual([1, expect.stringContaining('404 not-found')]);
    expect(readdirSync(directory).filter((name) => name.startsWith('none'))).toEqual([]);
    expect((await run('cancel', declared.declarationId)).code).toBe(2);
    const cancelled = await run('cancel', declared.declarationId, '--reason', 'not-imported');
    expect([cancelled.code, cancelled.err]).toEqual([0, '']);
    const final = await run('status', declared.declarationId, '--watch');
    expect(final.out).toContain('cancelled');
  });

  test('what is not understood says what is: exit code 2', async () => {
    for (const args of [
      [],
      ['fly'],
      ['submit'],
      ['list', '--status', 'lost'],
      ['status', 'a', 'b'],
      ['list', '--owner', 'x'],
    ])
      expect([args, (await run(...args)).code]).toEqual([args, 2]);
    for (const args of [['--help'], ['submit', '--help']]) {
      const { code, out } = await run(...args);
      expect([code, out]).toEqual([0, expect.stringContaining('npm run broker')]);
    }
    expect((await run('submit', join(directory, 'absent.ndjson'))).err).toContain('there is no such file');
  });

  test('who is not let in, and who says not where or as whom, is told so', async () => {
    env = { ...env, CONSENTRY_CLIENT_SECRET: 'other' };
    expect(await run('list')).toMatchObject({ code: 1, err: expect.stringContaining('Not let in') });
    const { CONSENTRY_CLIENT_SECRET: _, ...without } = env;
    env = without;
    expect(await run('list')).toMatchObject({
      code: 2,
      err: expect.stringContaining('CONSENTRY_CLIENT_SECRET'),
    });
    env = {};
    expect(await run('list', '--data', directory)).toMatchObject({
      code: 2,
      err: expect.stringContaining('npm start'),
    });
  });
});

describe('evidence', () => {
  let world: EvidenceWorld;
  beforeAll(async () => {
    world = await createEvidenceWorld();
    const { rows } = await world.db.pool.query<{ clientId: string }>(
      'SELECT client_id AS "clientId" FROM brokers WHERE broker_id = $1',
      [world.brokerId],
    );
    const clientId = rows[0]?.clientId ?? '';
    const secret = (await rotateKey(world.db.pool, clientId)) ?? '';
    env = { CONSENTRY_URL: world.api.url, CONSENTRY_CLIENT_ID: clientId, CONSENTRY_CLIENT_SECRET: secret };
  });
  afterAll(() => world?.close());

  test('is saved whole, as the pack that the verifier takes', async () => {
    const { declarationId } = await world.decide({ decision: 'confirmed' });
    await world.appendAll();
    const out = join(directory, 'pack.zip');
    expect(await run('evidence', declarationId, '--out', out)).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(out).subarray(0, 4).toString('latin1')).toBe('PK\x03\x04');
    expect(readdirSync(directory)).not.toContain('pack.zip.part');
  });
});
