import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PACK_FILE } from '../../../domain/pack.ts';
import { packVerifier, type VerificationReport } from '../../../evidence/verify/verify-pack.ts';
import { createEvidenceWorld, type EvidenceWorld } from '../../support/evidence-world.ts';
import { entriesOf, failed, fileOf, flipped, resealed, withFiles } from '../../support/pack-forgery.ts';

/** Every byte of a pack, one verification each: minutes on a busy machine. */
const LONG = 600_000;

let world: EvidenceWorld;
/** As a broker gets it. */
let whole: Buffer;
/** The same, sealed anew with the first bytes of its PDF only: the verifier looks at a PDF as nothing but bytes. */
let pack: Buffer;
let verify: (bytes: Uint8Array) => VerificationReport;
beforeAll(async () => {
  world = await createEvidenceWorld();
  const { declarationId } = await world.decide({
    decision: 'declined',
    reason: 'wrong_price',
    lines: [1],
    note: '價格不對',
  });
  await world.decide({ outcome: 'expired' });
  await world.appendAll();
  whole = await world.packOf(declarationId);
  const short = fileOf(whole, PACK_FILE.pdf).subarray(0, 100);
  pack = await resealed(withFiles(whole, { [PACK_FILE.pdf]: short }), world.sealer);
  verify = packVerifier(await world.trust());
  expect([verify(whole).ok, verify(pack).ok]).toEqual([true, true]);
});
afterAll(() => world.close());

describe('a byte changed in the ZIP', () => {
  it('fails the container, wherever it is; never a crash', { timeout: LONG }, () => {
    const unnoticed: number[] = [];
    const contents = entriesOf(pack).map(({ bytes }) => {
      const from = pack.indexOf(bytes);
      return { from, to: from + bytes.length };
    });
    for (let at = 0; at < pack.length; at++) {
      // Every byte between the contents; of these only some, for below every one is changed with the container set right.
      const within = contents.some(({ from, to }) => at >= from && at < to);
      if (within && at % 16 !== 0) continue;
      const report = verify(flipped(pack, at, at % 8));
      if (report.ok || failed(report)[0] !== 'container') unnoticed.push(at);
    }
    expect(unnoticed).toEqual([]);
  });

  it('whichever bit of a whole pack, added or taken away, is noticed', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(7), fc.nat(3), bytes, (at, bit, how, more) => {
        const changed = [
          () => flipped(whole, at, bit),
          () => whole.subarray(0, at),
          () => Buffer.concat([whole.subarray(0, at), more, whole.subarray(at)]),
          () => Buffer.concat([whole.subarray(0, at), whole.subarray(at + more.length)]),
        ][how];
        expect(verify(changed?.() ?? whole).ok).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

/** What each file's content is known by besides the list of files: at least one of these. */
const KNOWN_BY: Record<string, readonly string[]> = {
  [PACK_FILE.receipt]: ['receipt', 'log-entry'],
  [PACK_FILE.declaration]: ['declaration'],
  [PACK_FILE.act]: ['act', 'challenge'],
  [PACK_FILE.authenticatorData]: ['signature'],
  [PACK_FILE.clientData]: ['signature'],
  [PACK_FILE.signature]: ['assertion'],
  [PACK_FILE.publicKey]: ['binding'],
  [PACK_FILE.notice]: ['notice'],
  [PACK_FILE.noticeText]: ['notice'],
  [PACK_FILE.note]: ['note'],
  [PACK_FILE.binding]: ['binding'],
  [PACK_FILE.leaf]: ['log-entry'],
};
/** What vouches for the list of files cannot be on it. */
const UNLISTED: readonly string[] = [PACK_FILE.manifest, PACK_FILE.seal];

describe('a byte changed in a file, in a container that is as it should be', () => {
  it.each(Object.values(PACK_FILE))('%s: the file is named', { timeout: LONG }, (name) => {
    const content = fileOf(pack, name);
    expect(content.length).toBeGreaterThan(0);
    const unnoticed: [number, string[]][] = [];
    for (let at = 0; at < content.length; at++) {
      const report = verify(withFiles(pack, { [name]: flipped(content, at, at % 8) }));
      const found = failed(report);
      const detail = report.checks.find(({ id }) => id === 'files')?.detail ?? '';
      const named = UNLISTED.includes(name) ? found.includes('seal') : detail.includes(name);
      const known = KNOWN_BY[name]?.some((check) => found.includes(check)) ?? true;
      if (report.ok || !named || !known) unnoticed.push([at, found]);
    }
    expect(unnoticed).toEqual([]);
  });

  it('has every file of a pack among these', () => {
    expect(entriesOf(pack).map(({ name }) => name)).toEqual(Object.values(PACK_FILE));
  });
});
