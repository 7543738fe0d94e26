import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BindingProof, bindingText } from '../../../domain/binding.ts';
import { jcs } from '../../../domain/canonical.ts';
import { PACK_FILE } from '../../../domain/pack.ts';
import { createSealer, newReceiptKey } from '../../../evidence/receipt.ts';
import type { Trust } from '../../../evidence/verify/trust.ts';
import { verifyPack } from '../../../evidence/verify/verify-pack.ts';
import { zip } from '../../../evidence/verify/zip.ts';
import { createEvidenceWorld, type EvidenceWorld } from '../../support/evidence-world.ts';
import { entriesOf, failed, fileOf, relisted, resealed, withFiles } from '../../support/pack-forgery.ts';

let world: EvidenceWorld;
let pack: Buffer;
/** Of another person, for the same broker. */
let other: Buffer;
let trust: Trust;
beforeAll(async () => {
  world = await createEvidenceWorld();
  const answer = (note: string) => ({
    decision: 'declined' as const,
    reason: 'wrong_price',
    lines: [1],
    note,
  });
  const mine = await world.decide(answer('價格不對'));
  const others = await world.decide(answer('太貴了'));
  await world.decide({ outcome: 'expired' });
  await world.appendAll();
  pack = await world.packOf(mine.declarationId);
  other = await world.packOf(others.declarationId);
  trust = await world.trust();
});
afterAll(() => world.close());

const verdict = (bytes: Uint8Array) => failed(verifyPack(bytes, trust));
const json = (name: string) => JSON.parse(fileOf(pack, name).toString());
const names = Object.values(PACK_FILE);

describe('a file removed', () => {
  it.each(names)('%s: the list of files fails', (name) => {
    const without = withFiles(pack, { [name]: null });
    const report = verifyPack(without, trust);
    expect(failed(report)).toContain('files');
    expect(report.checks.find(({ id }) => id === 'files')?.detail).toContain(name);
  });

  it.each(names.filter((name) => name !== PACK_FILE.manifest && name !== PACK_FILE.seal))(
    '%s, and taken off the list: the seal fails',
    (name) => {
      expect(verdict(relisted(withFiles(pack, { [name]: null })))).toContain('seal');
    },
  );

  it.each(names.filter((name) => name !== PACK_FILE.manifest && name !== PACK_FILE.seal))(
    '%s, and sealed anew by an insider: it is missed',
    async (name) => {
      expect(verdict(await resealed(withFiles(pack, { [name]: null }), world.sealer))).not.toEqual([]);
    },
  );
});

/** What tells that a file is another pack's when an insider seals the mixture; null: only the seal vouches for it. */
const TOLD_BY: Record<string, string | null> = {
  [PACK_FILE.readme]: null,
  [PACK_FILE.pdf]: null,
  [PACK_FILE.receipt]: 'about',
  [PACK_FILE.declaration]: 'declaration',
  [PACK_FILE.act]: 'act',
  [PACK_FILE.clientData]: 'challenge',
  [PACK_FILE.signature]: 'signature',
  [PACK_FILE.publicKey]: 'signature',
  [PACK_FILE.note]: 'note',
  [PACK_FILE.binding]: 'binding',
  [PACK_FILE.delivery]: 'delivery',
  [PACK_FILE.history]: 'history',
  [PACK_FILE.acknowledgement]: 'acknowledgement',
  [PACK_FILE.leaf]: 'log-entry',
  [PACK_FILE.proof]: 'log',
};

describe("another pack's file in its place", () => {
  /** Both showed the same notice, for the same service, and both were made with the same keys. */
  const same: readonly string[] = [
    PACK_FILE.authenticatorData,
    PACK_FILE.notice,
    PACK_FILE.noticeText,
    PACK_FILE.jwks,
  ];

  it.each(names)('%s: the list of files or the seal fails', (name) => {
    expect(fileOf(pack, name).equals(fileOf(other, name))).toBe(same.includes(name));
    if (same.includes(name)) return;
    const found = verdict(withFiles(pack, { [name]: fileOf(other, name) }));
    expect(found).toContain(name === PACK_FILE.seal ? 'seal' : 'files');
  });

  it.each(Object.entries(TOLD_BY))('%s, sealed anew by an insider: %s tells', async (name, check) => {
    const mixed = await resealed(withFiles(pack, { [name]: fileOf(other, name) }), world.sealer);
    const found = verdict(mixed);
    if (check === null) expect(found).toEqual([]);
    else expect(found).toContain(check);
  });

  it('all of them but the receipt: the receipt tells', async () => {
    const mixed = await resealed(
      withFiles(other, { [PACK_FILE.receipt]: fileOf(pack, PACK_FILE.receipt) }),
      world.sealer,
    );
    expect(verdict(mixed)).toEqual(expect.arrayContaining(['about', 'declaration', 'act', 'log-entry']));
  });
});

describe('a container', () => {
  const rebuilt = (entries: { name: string; bytes: Uint8Array }[]) => zip(entries);

  it('in another order, or with one file more, is none of ours', () => {
    const [first, second, ...rest] = entriesOf(pack);
    if (!first || !second) throw new Error('no files');
    expect(verdict(rebuilt([second, first, ...rest]))).toEqual(['files']);
    const more = { name: 'extra.txt', bytes: Buffer.from('x') };
    expect(verdict(rebuilt([more, first, second, ...rest]))).toEqual(['files']);
  });

  it('made by a common tool holds the same files, and is not as it was made', async () => {
    // A comment at the end, as tools allow.
    const commented = Buffer.concat([pack.subarray(0, -2), Buffer.from([3, 0]), Buffer.from('abc')]);
    expect(verdict(commented)).toEqual(['container']);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no ZIP', Buffer.from('%PDF-1.7')],
    ['text as long as an end record', Buffer.alloc(22, 'x')],
  ])('that is %s fails as such, and nothing else is looked at', (_, bytes) => {
    const { ok, about, checks } = verifyPack(bytes, trust);
    expect([ok, about, failed({ ok, about, checks })]).toEqual([false, null, ['container']]);
    expect(checks.slice(1).every(({ result }) => result === 'not-checked')).toBe(true);
  });

  it.each([
    '../evil.txt',
    '/etc/passwd',
    'a/b/c.txt',
    'C:evil.txt',
    'log\\leaf.json',
    '.hidden',
    'e\u0301.txt',
  ])('with a file called %j is refused before anything of it is used', (name) => {
    const bytes = rebuilt([{ name, bytes: Buffer.from('x') }]);
    expect(verdict(bytes)).toEqual(['container']);
  });

  it('with one name twice, too many entries or too many bytes is refused', () => {
    const [first] = entriesOf(pack);
    if (!first) throw new Error('no files');
    expect(verdict(rebuilt([first, first]))).toEqual(['container']);
    const many = Array.from({ length: 65 }, (_, i) => ({
      name: `f${'abcdefghij'[i % 10]}${'abcdefghij'[Math.floor(i / 10)]}.txt`,
      bytes: Buffer.alloc(0),
    }));
    expect(verdict(rebuilt(many))).toEqual(['container']);
    expect(verdict(Buffer.alloc(33 * 1024 * 1024))).toEqual(['container']);
  });

  it('that claims to unpack to more than it holds is refused', () => {
    // The first central entry's size.
    const central = pack.indexOf(Buffer.from('504b0102', 'hex'));
    const bomb = Buffer.from(pack);
    bomb.writeUInt32LE(0xffff_ffff, central + 24);
    bomb.writeUInt32LE(0xffff_fff0, central + 20);
    expect(verdict(bomb)).toEqual(['container']);
  });
});

describe('an insider who can seal packs', () => {
  const seal = (changes: Record<string, string | Uint8Array | null>, words = {}) =>
    resealed(withFiles(pack, changes), world.sealer, words).then(verdict);

  it('cannot say that the person authorised what they declined', async () => {
    const act = { ...json(PACK_FILE.act), decision: 'confirmed' };
    expect(await seal({ [PACK_FILE.act]: jcs(act) }, { outcome: 'confirmed' })).toEqual(
      expect.arrayContaining(['about', 'act', 'challenge']),
    );
  });

  it('cannot change a price', async () => {
    const declaration = json(PACK_FILE.declaration);
    declaration.goods[0].price = '3550.00';
    expect(await seal({ [PACK_FILE.declaration]: jcs(declaration) })).toEqual(['declaration']);
  });

  it('cannot make a receipt that says otherwise: it is not in the log', async () => {
    const [, payload = ''] = fileOf(pack, PACK_FILE.receipt).toString().split('.');
    const receipt = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = await world.sealer.seal({ ...receipt, reason: 'wrong_quantity' });
    expect(await seal({ [PACK_FILE.receipt]: forged })).toEqual(['act', 'log-entry', 'log']);
  });

  it('cannot put another person behind the passkey', async () => {
    const binding: BindingProof = { ...json(PACK_FILE.binding), name: '林美麗' };
    expect(await seal({ [PACK_FILE.binding]: bindingText(binding).text })).toEqual(['binding']);
  });

  it('cannot say that another notice was shown', async () => {
    const notice = { ...json(PACK_FILE.notice), text: 'anything' };
    const changes = { [PACK_FILE.notice]: jcs(notice), [PACK_FILE.noticeText]: 'anything\n' };
    expect(await seal(changes)).toEqual(['notice']);
  });

  it('cannot move the moment at which the person was told', async () => {
    const delivery = json(PACK_FILE.delivery);
    delivery.sealed.shownAt = '2026-01-01T00:00:00.000Z';
    expect(await seal({ [PACK_FILE.delivery]: jcs(delivery) })).toEqual(['delivery']);
  });

  it("cannot take another case's acknowledgement", async () => {
    const acknowledgement = { ...json(PACK_FILE.acknowledgement), declarationId: randomUUID() };
    expect(await seal({ [PACK_FILE.acknowledgement]: jcs(acknowledgement) })).toEqual(['acknowledgement']);
  });

  it('cannot write the same JSON in another form', async () => {
    const spaced = JSON.stringify(json(PACK_FILE.act), null, 1);
    expect(await seal({ [PACK_FILE.act]: spaced })).toContain('act');
    const twice = fileOf(pack, PACK_FILE.history).toString().replace('{', '{"events":[],');
    expect(await seal({ [PACK_FILE.history]: twice })).toEqual(['history']);
  });

  it('cannot leave the note out, nor add one', async () => {
    expect(await seal({ [PACK_FILE.note]: null })).toEqual(['note']);
    expect(await seal({ [PACK_FILE.note]: '價格很對' })).toEqual(['note']);
  });
});

describe('somebody with a key of their own', () => {
  it('seals for nobody, whatever kid they say', async () => {
    const key = await newReceiptKey();
    const [known] = (trust.jwks as { keys: { kid: string }[] }).keys;
    for (const kid of [key.kid, known?.kid ?? '']) {
      const sealer = createSealer(async () => ({ ...key, kid }));
      expect(verdict(await resealed(pack, sealer))).toEqual(['seal']);
    }
  });

  it('is not helped by a key list in the pack', async () => {
    const key = await newReceiptKey();
    const { d: _, ...publicJwk } = key;
    const sealer = createSealer(async () => key);
    const keys = JSON.stringify({ keys: [publicJwk] });
    expect(verdict(await resealed(withFiles(pack, { [PACK_FILE.jwks]: keys }), sealer))).toEqual(['seal']);
  });

  it.each([
    ['none', { alg: 'none' }],
    ['HMAC with the public key', { alg: 'HS256' }],
    ['a key of its own in the header', { alg: 'ES256', jwk: {} }],
    ['a critical extension', { alg: 'ES256', crit: ['b64'], b64: false }],
    ['another type', { alg: 'ES256', typ: 'consentry-pack' }],
  ])('does not get through with %s', (_, header) => {
    const [first = '', ...rest] = fileOf(pack, PACK_FILE.receipt).toString().split('.');
    const original = JSON.parse(Buffer.from(first, 'base64url').toString());
    const changed = Buffer.from(JSON.stringify({ ...original, ...header })).toString('base64url');
    const forged = relisted(withFiles(pack, { [PACK_FILE.receipt]: [changed, ...rest].join('.') }));
    expect(verdict(forged)).toEqual(expect.arrayContaining(['seal', 'receipt']));
  });
});
