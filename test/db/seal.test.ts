import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlindIndex, type FieldAddress, hashSecret, seal, unseal } from '../../db/seal.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const part = fc.string({ unit: fc.constantFrom(...'abcdef0123456789-._'), minLength: 1, maxLength: 40 });
const address = fc.tuple(part, part, part).map((parts) => parts.join('/') as FieldAddress);
const value = fc.jsonValue();

describe('a sealed field', () => {
  it('opens to what was sealed', () => {
    fc.assert(
      fc.property(key, address, value, (k, at, content) => {
        expect(unseal(k, at, seal(k, at, content))).toEqual(JSON.parse(JSON.stringify(content)));
      }),
    );
  });

  it('opens nowhere else: not in another row, column or table', () => {
    fc.assert(
      fc.property(key, address, address, value, (k, at, elsewhere, content) => {
        fc.pre(at !== elsewhere);
        expect(() => unseal(k, elsewhere, seal(k, at, content))).toThrow();
      }),
    );
  });

  it('opens under no other key', () => {
    fc.assert(
      fc.property(key, key, address, value, (k, other, at, content) => {
        fc.pre(!k.equals(other));
        expect(() => unseal(other, at, seal(k, at, content))).toThrow();
      }),
    );
  });

  it('does not open when any one bit is another, or bytes are missing or added', () => {
    fc.assert(
      fc.property(key, address, value, fc.nat(), fc.nat(7), (k, at, content, where, bit) => {
        const sealed = seal(k, at, content);
        const flipped = Buffer.from(sealed);
        const index = where % sealed.length;
        flipped[index] = (flipped[index] ?? 0) ^ (1 << bit);
        expect(() => unseal(k, at, flipped)).toThrow();
        expect(() => unseal(k, at, sealed.subarray(0, index))).toThrow();
        expect(() => unseal(k, at, Buffer.concat([sealed, Buffer.of(where & 0xff)]))).toThrow();
      }),
    );
  });

  it('looks different each time, and shows nothing of what it holds', () => {
    const k = randomBytes(32);
    const sealed = Array.from({ length: 50 }, () =>
      seal(k, 'identities/1/sealed', { name: '王小明' }).toString('hex'),
    );
    expect(new Set(sealed).size).toBe(50);
    for (const text of sealed) expect(text).not.toContain(Buffer.from('王小明').toString('hex'));
  });
});

describe('a blind index', () => {
  it('is the same for the same value, and tells values, kinds and keys apart', () => {
    const index = createBlindIndex(randomBytes(32));
    expect(index.ofPhone('+886912345678')).toEqual(index.ofPhone('+886912345678'));
    expect(index.ofPhone('+886912345678')).toHaveLength(32);
    expect(index.ofPhone('+886912345678')).not.toEqual(index.ofPhone('+886912345679'));
    expect(index.ofPhone('A123456789')).not.toEqual(index.ofIdentityNumber('A123456789'));
    expect(createBlindIndex(randomBytes(32)).ofPhone('+886912345678')).not.toEqual(
      index.ofPhone('+886912345678'),
    );
  });
});

describe('a kept secret', () => {
  it('is its SHA-256', () => {
    expect(hashSecret('abc').toString('hex')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', // FIPS 180-4, example "abc"
    );
    expect(hashSecret(Buffer.from('abc'))).toEqual(hashSecret('abc'));
  });
});
