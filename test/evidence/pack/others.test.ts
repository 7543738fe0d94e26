/** Packs as programs read them that are not ours. */
import { createPublicKey } from 'node:crypto';
import { server } from '@passwordless-id/webauthn';
import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import { compactVerify, createLocalJWKSet, flattenedVerify } from 'jose';
import jws from 'jws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import yauzl from 'yauzl';
import { jcs } from '../../../domain/canonical.ts';
import { REPORTED_OUTCOMES } from '../../../domain/outcome.ts';
import { PACK_FILE } from '../../../domain/pack.ts';
import type { Trust } from '../../../evidence/verify/trust.ts';
import { verifyPack } from '../../../evidence/verify/verify-pack.ts';
import { createEvidenceWorld, type Ending, type EvidenceWorld } from '../../support/evidence-world.ts';
import { entriesOf, failed, fileOf } from '../../support/pack-forgery.ts';

let world: EvidenceWorld;
let trust: Trust;
const packs = new Map<string, Buffer>();
beforeAll(async () => {
  world = await createEvidenceWorld();
  const endings: Record<string, Ending> = {
    confirmed: { decision: 'confirmed' },
    declined: { decision: 'declined', reason: 'other', note: '<b>\u{1f4e6} \u0e01' },
    repudiated: { decision: 'repudiated' },
    expired: { outcome: 'expired' },
    unregistered: { outcome: 'unregistered' },
    cancelled: { outcome: 'cancelled' },
  };
  for (const [outcome, ending] of Object.entries(endings))
    do {
      const { declarationId } = await world.decide(ending);
      await world.appendAll();
      packs.set(outcome, await world.packOf(declarationId));
    } while (isShort(packOf(outcome)));
  trust = await world.trust();
});
afterAll(() => world.close());
const packOf = (outcome: string): Buffer => packs.get(outcome) ?? expect.fail();

/** r or s (SEQUENCE of two INTEGERs) has fewer than 32 bytes, as in one of 128 signatures: @passwordless-id/webauthn cannot read that. */
function isShort(pack: Buffer): boolean {
  const signature = entriesOf(pack).find(({ name }) => name === PACK_FILE.signature)?.bytes;
  if (!signature) return false;
  const [r = 0] = signature.subarray(3);
  const [s = 0] = signature.subarray(5 + r);
  return r < 32 || s < 32;
}

describe('a pack', () => {
  it.each(REPORTED_OUTCOMES)('of %s verifies', (outcome) => {
    const report = verifyPack(packOf(outcome), trust);
    expect(failed(report)).toEqual([]);
    expect(report.about?.outcome).toBe(outcome);
  });

  it.each(['confirmed', 'expired'])(
    'of %s is a ZIP that another reader opens, entry by entry',
    async (outcome) => {
      const found = await readZip(packOf(outcome));
      expect(found).toEqual(entriesOf(packOf(outcome)).map(({ name, bytes }) => [name, Buffer.from(bytes)]));
    },
  );

  it.each(['confirmed', 'expired'])('of %s holds no identity number and no date of birth', (outcome) => {
    for (const { bytes } of entriesOf(packOf(outcome)))
      for (const personal of ['A123456789', '1990-01-01'])
        expect(Buffer.from(bytes).includes(personal)).toBe(false);
  });

  it('has JSON in the one form of RFC 8785, byte for byte', () => {
    const names = entriesOf(packOf('confirmed')).map(({ name }) => name);
    for (const name of names.filter((known) => known.endsWith('.json') && known !== PACK_FILE.jwks)) {
      if (name === PACK_FILE.clientData) continue;
      const text = fileOf(packOf('confirmed'), name).toString();
      expect(jcs(JSON.parse(text))).toBe(text);
    }
  });

  it('has a PDF that says what it is to a screen reader', () => {
    const pdf = fileOf(packOf('confirmed'), PACK_FILE.pdf).toString('latin1');
    expect(pdf.startsWith('%PDF-1.7')).toBe(true);
    for (const part of ['/MarkInfo', '/StructTreeRoot', '/Lang', '/DisplayDocTitle true', 'pdfuaid:part'])
      expect(pdf).toContain(part);
  });
});

describe('the receipt', () => {
  const jwksOf = (pack: Buffer) => JSON.parse(fileOf(pack, PACK_FILE.jwks).toString());

  it.each(REPORTED_OUTCOMES)(
    'of %s is verified by jose and by jws with the published key',
    async (outcome) => {
      const receipt = fileOf(packOf(outcome), PACK_FILE.receipt).toString();
      const jwks = jwksOf(packOf(outcome));
      const { payload } = await compactVerify(receipt, createLocalJWKSet(jwks));
      expect(JSON.parse(new TextDecoder().decode(payload)).outcome).toBe(outcome);
      const pem = createPublicKey({ key: jwks.keys[0], format: 'jwk' }).export({
        type: 'spki',
        format: 'pem',
      });
      expect(jws.verify(receipt, 'ES256', pem)).toBe(true);
      expect(jws.verify(`${receipt.slice(0, -4)}AAAA`, 'ES256', pem)).toBe(false);
    },
  );

  it('and the seal over the manifest is a detached JWS to jose', async () => {
    const pack = packOf('confirmed');
    const [header = '', , signature = ''] = fileOf(pack, PACK_FILE.seal).toString().split('.');
    const payload = fileOf(pack, PACK_FILE.manifest).toString('base64url');
    const flattened = { protected: header, payload, signature };
    await expect(flattenedVerify(flattened, createLocalJWKSet(jwksOf(pack)))).resolves.toBeDefined();
  });
});

describe("the person's assertion", () => {
  const parts = (pack: Buffer) => ({
    act: JSON.parse(fileOf(pack, PACK_FILE.act).toString()),
    binding: JSON.parse(fileOf(pack, PACK_FILE.binding).toString()),
    publicKey: fileOf(pack, PACK_FILE.publicKey),
    response: {
      authenticatorData: fileOf(pack, PACK_FILE.authenticatorData).toString('base64url'),
      clientDataJSON: fileOf(pack, PACK_FILE.clientData).toString('base64url'),
      signature: fileOf(pack, PACK_FILE.signature).toString('base64url'),
    },
  });
  const challengeOf = async (act: object) =>
    Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(jcs(act)))).toString('base64url');

  it.each(['confirmed', 'declined', 'repudiated'])(
    'of %s is verified by @simplewebauthn/server',
    async (outcome) => {
      const { act, binding, publicKey, response } = parts(packOf(outcome));
      const id = binding.passkey.credentialId;
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response: { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response },
        expectedChallenge: await challengeOf(act),
        expectedOrigin: binding.relyingParty.origin,
        expectedRPID: binding.relyingParty.id,
        requireUserVerification: true,
        credential: { id, publicKey: new Uint8Array(publicKey), counter: 0 },
      });
      expect([verified, authenticationInfo.userVerified]).toEqual([true, true]);
    },
  );

  it.each(['confirmed', 'declined', 'repudiated'])(
    'of %s is verified by @passwordless-id/webauthn',
    async (outcome) => {
      const { act, binding, publicKey, response } = parts(packOf(outcome));
      const id = binding.passkey.credentialId;
      const spki = es256(publicKey).export({ type: 'spki', format: 'der' }).toString('base64url');
      const info = await server.verifyAuthentication(
        { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response },
        { id, publicKey: spki, algorithm: 'ES256', transports: [] },
        {
          challenge: await challengeOf(act),
          origin: binding.relyingParty.origin,
          domain: binding.relyingParty.id,
          userVerified: true,
          counter: -1,
        },
      );
      expect(info.userVerified).toBe(true);
    },
  );
});

/** The coordinates lie at fixed places in an ES256 COSE key as authenticators write it (CTAP2 canonical CBOR). */
const es256 = (cose: Buffer) => {
  const [x = '', y = ''] = [cose.subarray(-67, -35), cose.subarray(-32)].map((part) =>
    part.toString('base64url'),
  );
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
};

const readZip = (bytes: Buffer): Promise<[string, Buffer][]> =>
  new Promise((resolve, reject) => {
    yauzl.fromBuffer(bytes, { lazyEntries: true, strictFileNames: true }, (error, zip) => {
      if (error) return reject(error);
      const found: [string, Buffer][] = [];
      zip.on('end', () => resolve(found)).on('error', reject);
      zip.on('entry', (entry: yauzl.Entry) => {
        zip.openReadStream(entry, (failure, stream) => {
          if (failure) return reject(failure);
          const chunks: Buffer[] = [];
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.on('end', () => {
            found.push([entry.fileName, Buffer.concat(chunks)]);
            zip.readEntry();
          });
        });
      });
      zip.readEntry();
    });
  });
