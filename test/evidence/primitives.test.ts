/** What the verifier is made of, against keys and signatures that others made. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAuthenticatorData, checkClientData, checkSignature } from '../../evidence/verify/assertion.ts';
import { coseKey } from '../../evidence/verify/cose.ts';
import { Failure } from '../../evidence/verify/failure.ts';
import { openJws, parseJws, trustedKeys } from '../../evidence/verify/jws.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

// CBOR of what COSE keys hold (RFC 8949), written apart from the reader.
const head = (major: number, value: number): Buffer =>
  value < 24
    ? Buffer.of((major << 5) | value)
    : value < 256
      ? Buffer.of((major << 5) | 24, value)
      : Buffer.of((major << 5) | 25, value >> 8, value & 255);
const int = (value: number) => (value < 0 ? head(1, -1 - value) : head(0, value));
const bytes = (value: Buffer) => Buffer.concat([head(2, value.length), value]);
const map = (...members: [number, number | Buffer][]) =>
  Buffer.concat([
    head(5, members.length),
    ...members.flatMap(([label, value]) => [
      int(label),
      typeof value === 'number' ? int(value) : bytes(value),
    ]),
  ]);

const jwkOf = (key: KeyObject) => {
  const { x = '', y = '', n = '', e = '' } = key.export({ format: 'jwk' });
  const raw = (text: string) => Buffer.from(text, 'base64url');
  return { x: raw(x), y: raw(y), n: raw(n), e: raw(e) };
};
const ALGORITHMS = {
  ES256: () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = jwkOf(pair.publicKey);
    return { ...pair, cose: map([1, 2], [3, -7], [-1, 1], [-2, x], [-3, y]), hash: 'sha256' };
  },
  EdDSA: () => {
    const pair = generateKeyPairSync('ed25519');
    return { ...pair, cose: map([1, 1], [3, -8], [-1, 6], [-2, jwkOf(pair.publicKey).x]), hash: null };
  },
  RS256: () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { n, e } = jwkOf(pair.publicKey);
    return { ...pair, cose: map([1, 3], [3, -257], [-1, n], [-2, e]), hash: 'sha256' };
  },
};

describe.each(Object.entries(ALGORITHMS))('an assertion by a passkey of %s', (name, make) => {
  const { privateKey, cose, hash } = make();
  const authenticatorData = Buffer.alloc(37, 1);
  const clientDataJSON = Buffer.from('{"type":"webauthn.get"}');
  const signed = () => sign(hash, Buffer.concat([authenticatorData, sha256(clientDataJSON)]), privateKey);

  it('is verified by its COSE key', () => {
    expect(coseKey(cose).algorithm).toBe(name);
    const signature = signed();
    checkSignature({ authenticatorData, clientDataJSON, signature, publicKey: cose });
  });

  it('is not verified over other data, by another key, or with any byte of the signature changed', () => {
    const signature = signed();
    const parts = { authenticatorData, clientDataJSON, signature, publicKey: cose };
    expect(() => checkSignature({ ...parts, authenticatorData: Buffer.alloc(37, 2) })).toThrow(Failure);
    expect(() => checkSignature({ ...parts, clientDataJSON: Buffer.from('{}') })).toThrow(Failure);
    expect(() => checkSignature({ ...parts, publicKey: make().cose })).toThrow(Failure);
    for (let at = 0; at < signature.length; at += 7) {
      const other = Buffer.from(signature);
      other[at] = (other[at] ?? 0) ^ 1;
      expect(() => checkSignature({ ...parts, signature: other })).toThrow(Failure);
    }
  });

  it('has a key of one form: cut, lengthened or with a member twice it is none', () => {
    for (let end = 0; end < cose.length; end += 3)
      expect(() => coseKey(cose.subarray(0, end))).toThrow(Failure);
    expect(() => coseKey(Buffer.concat([cose, Buffer.of(0)]))).toThrow(Failure);
    const twice = Buffer.concat([Buffer.of((cose[0] ?? 0) + 1), cose.subarray(1), int(3), int(-7)]);
    expect(() => coseKey(twice)).toThrow(Failure);
  });
});

describe('whatever bytes come', () => {
  it('are a key or a failure, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (anything) => {
        try {
          coseKey(anything);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('are a JWS or a failure', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (anything) => {
        try {
          parseJws(anything);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
        }
      }),
    );
  });

  it('are client data of that challenge and origin, or a failure', () => {
    const expected = { challenge: Buffer.alloc(32), origin: 'https://a.example' };
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(() => checkClientData(Buffer.from(text), expected)).toThrow(Failure);
      }),
    );
    const good = {
      type: 'webauthn.get',
      challenge: Buffer.alloc(32).toString('base64url'),
      origin: expected.origin,
    };
    checkClientData(Buffer.from(JSON.stringify({ ...good, grown: 1 })), expected);
    for (const change of [
      { type: 'webauthn.create' },
      { crossOrigin: true },
      { origin: 'https://a.example.evil' },
    ])
      expect(() => checkClientData(Buffer.from(JSON.stringify({ ...good, ...change })), expected)).toThrow(
        Failure,
      );
  });
});

describe('authenticator data', () => {
  it('are of a present and verified user of this service', () => {
    const data = Buffer.concat([sha256(Buffer.from('localhost')), Buffer.of(0x05), Buffer.alloc(4)]);
    checkAuthenticatorData(data, 'localhost');
    expect(() => checkAuthenticatorData(data, 'elsewhere')).toThrow('another service');
    const withFlags = (flags: number) =>
      Buffer.concat([data.subarray(0, 32), Buffer.of(flags), Buffer.alloc(4)]);
    expect(() => checkAuthenticatorData(withFlags(0x01), 'localhost')).toThrow('did not verify');
    expect(() => checkAuthenticatorData(withFlags(0x04), 'localhost')).toThrow('nobody touched');
    expect(() => checkAuthenticatorData(data.subarray(0, 36), 'localhost')).toThrow('too short');
  });
});

describe('a JWS made elsewhere', () => {
  const vector = JSON.parse(readFileSync(new URL('./vectors/joserfc.json', import.meta.url), 'utf8'));
  const open = (jws: string, jwk = vector.jwk) =>
    openJws(jws, 'consentry-receipt+jwt', trustedKeys({ keys: [jwk] }));

  it('by joserfc is verified', () => {
    expect(open(vector.jws).payload.toString()).toBe(vector.payload);
  });

  it('is not verified in another encoding of the same bytes', () => {
    // 86 characters hold 516 bits, four more than the signature's 64 bytes.
    const last = vector.jws.at(-1);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const same = alphabet[(alphabet.indexOf(last) & ~15) | ((alphabet.indexOf(last) + 1) & 15)];
    expect(Buffer.from(`${same}`, 'base64url')).toEqual(Buffer.from(last, 'base64url'));
    expect(() => open(vector.jws.slice(0, -1) + same)).toThrow('no compact JWS');
    expect(() => open(`${vector.jws}=`)).toThrow('no compact JWS');
    expect(() => open(`${vector.jws}\n`)).toThrow('no compact JWS');
  });

  it('is not verified with a key that is no point of the curve', () => {
    expect(() => open(vector.jws, { ...vector.jwk, x: vector.jwk.y })).toThrow(Failure);
  });
});
