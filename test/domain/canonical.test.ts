import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalDeclaration, canonicalForm, differences, jcs, totals } from '../../domain/canonical.ts';
import { currencyDigits } from '../../domain/currency.ts';
import type { DeclarationContent } from '../../domain/declaration.ts';
import { content, EXAMPLE } from './arbitrary.ts';

const BOX = 'CX001';

/** RFC 8785 for what occurs here (strings, integers, no exponents), by another way than the library's. */
function rfc8785(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(rfc8785).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${rfc8785(member)}`).join(',')}}`;
}
const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

/** The contract's example, its one form written by hand. */
const EXAMPLE_TEXT =
  '{"brokerBoxNumber":"CX001","consignor":{"country":"US","name":"Acme Inc."},"flight":"CI0006",' +
  '"freight":{"amount":"12.00","currency":"USD"},"functionalReference":"B-000123",' +
  '"goods":[{"currency":"USD","description":"running shoes","hsCode":"640411","price":"35.50","quantity":"2","sequence":1,"unit":"PCE"}],' +
  '"grossMassKg":"1.85","houseWaybill":"HAWB0001","importDate":"2026-11-24",' +
  '"importer":{"name":"王小明","phone":"+886912345678"},"masterWaybill":"29712345675","packages":1}';
const EXAMPLE_DIGEST = 'aa1d45df77222bf21164d5ea1a835cbd5c9fd81ce4be45201f34223cbf7c8ff3';

describe('the canonical form', () => {
  it("of the contract's example is the text and the digest written down here", () => {
    expect(canonicalForm(EXAMPLE, BOX)).toEqual({ text: EXAMPLE_TEXT, digest: EXAMPLE_DIGEST });
  });

  it('is RFC 8785 with its SHA-256', () => {
    fc.assert(
      fc.property(content, (declaration) => {
        const { text, digest } = canonicalForm(declaration, BOX);
        expect(text).toBe(rfc8785(canonicalDeclaration(declaration, BOX)));
        expect(digest).toBe(sha256(text));
      }),
    );
  });

  it('applied twice changes nothing', () => {
    fc.assert(
      fc.property(content, (declaration) => {
        const once = canonicalDeclaration(declaration, BOX);
        expect(canonicalDeclaration(once, BOX)).toEqual(once);
        expect(canonicalForm(JSON.parse(jcs(once)), BOX)).toEqual(canonicalForm(declaration, BOX));
      }),
    );
  });

  it('does not depend on the order of members, the normal form of text or how numbers are written', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, member]) => [name, reversed(member)]),
      );
    };
    const decomposed = (declaration: DeclarationContent): DeclarationContent =>
      JSON.parse(JSON.stringify(declaration).normalize('NFD'));
    fc.assert(
      fc.property(content, (declaration) => {
        const { digest } = canonicalForm(declaration, BOX);
        expect(canonicalForm(reversed(declaration) as DeclarationContent, BOX).digest).toBe(digest);
        expect(canonicalForm(decomposed(declaration), BOX).digest).toBe(digest);
      }),
    );
    const otherwise = {
      ...EXAMPLE,
      importer: { name: '王小明', phone: '+8860912345678' },
      goods: EXAMPLE.goods.map((line) => ({ ...line, quantity: '2.000', price: '35.5' })),
      freight: { amount: '12', currency: 'USD' },
      grossMassKg: '1.85',
    };
    expect(canonicalForm(otherwise, BOX).digest).toBe(EXAMPLE_DIGEST);
  });

  it('holds text in NFC', () => {
    fc.assert(
      fc.property(content, (declaration) => {
        const { text } = canonicalForm(declaration, BOX);
        expect(text).toBe(text.normalize('NFC'));
      }),
    );
  });

  it("writes money at its currency's digits and other decimals without trailing zeros", () => {
    fc.assert(
      fc.property(content, (declaration) => {
        const { goods, freight, grossMassKg, grossVolumeM3 } = canonicalDeclaration(declaration, BOX);
        const amounts = goods.map(({ price, currency }) => ({ amount: price, currency }));
        for (const { amount, currency } of freight ? [...amounts, freight] : amounts) {
          expect(amount.split('.')[1]?.length ?? 0).toBe(currencyDigits(currency));
        }
        for (const decimal of [...goods.map(({ quantity }) => quantity), grossMassKg, grossVolumeM3 ?? '1']) {
          expect(decimal).not.toMatch(/\.$|\.\d*0$/);
        }
      }),
    );
  });

  it('keeps the goods in the order sent, and so tells two orders apart', () => {
    fc.assert(
      fc.property(content, (declaration) => {
        const order = ({ goods }: DeclarationContent) => goods.map(({ sequence }) => sequence);
        expect(order(canonicalDeclaration(declaration, BOX))).toEqual(order(declaration));
        if (declaration.goods.length < 2) return;
        const turned = { ...declaration, goods: [...declaration.goods].reverse() };
        expect(canonicalForm(turned, BOX).digest).not.toBe(canonicalForm(declaration, BOX).digest);
      }),
    );
  });

  it('drops members that it does not know, and what only steers the process', () => {
    const { order: _, declarationNumber: __, respondBy: ___, ...rest } = EXAMPLE;
    const strange = {
      ...rest,
      remark: 'x',
      importer: { ...rest.importer, idNumber: 'A123456789' },
      consignor: { ...rest.consignor, email: 'x' },
      goods: rest.goods.map((line) => ({ ...line, brand: 'x' })),
      freight: { ...rest.freight, paidBy: 'x' },
    };
    expect(canonicalForm(strange, BOX).text).toBe(EXAMPLE_TEXT);
  });

  it('leaves out members that are absent', () => {
    const { consignor: _, freight: __, ...rest } = EXAMPLE;
    const text = canonicalForm({ ...rest, consignor: undefined, freight: undefined }, BOX).text;
    expect(text).toBe(canonicalForm(rest, BOX).text);
    expect(text).not.toMatch(/consignor|freight|grossVolumeM3|null|undefined/);
  });

  it.each<[string, (declaration: typeof EXAMPLE) => object]>([
    ['functionalReference', () => ({ functionalReference: 'B-000124' })],
    ['masterWaybill', () => ({ masterWaybill: '29712345676' })],
    ['houseWaybill', () => ({ houseWaybill: 'HAWB0002' })],
    ['flight', () => ({ flight: 'CI0007' })],
    ['importDate', () => ({ importDate: '2026-11-25' })],
    ['the name', ({ importer }) => ({ importer: { ...importer, name: '王小民' } })],
    ['the phone', ({ importer }) => ({ importer: { ...importer, phone: '0912-345-679' } })],
    ['the consignor', ({ consignor }) => ({ consignor: { ...consignor, country: 'CA' } })],
    ['a price', ({ goods }) => ({ goods: goods.map((line) => ({ ...line, price: '35.51' })) })],
    ['a currency', ({ goods }) => ({ goods: goods.map((line) => ({ ...line, currency: 'TWD' })) })],
    ['a quantity', ({ goods }) => ({ goods: goods.map((line) => ({ ...line, quantity: '2.000001' })) })],
    ['a unit', ({ goods }) => ({ goods: goods.map((line) => ({ ...line, unit: 'SET' })) })],
    ['an HS code', ({ goods }) => ({ goods: goods.map((line) => ({ ...line, hsCode: '640419' })) })],
    // The Cyrillic letter looks alike; what is signed is what was sent.
    [
      'a homoglyph',
      ({ goods }) => ({ goods: goods.map((line) => ({ ...line, description: 'running shоes' })) }),
    ],
    ['the freight', () => ({ freight: { amount: '12.01', currency: 'USD' } })],
    ['packages', () => ({ packages: 2 })],
    ['grossMassKg', () => ({ grossMassKg: '1.851' })],
    ['grossVolumeM3', () => ({ grossVolumeM3: '0.1' })],
  ])('has another digest when %s differs', (_, change) => {
    expect(canonicalForm({ ...EXAMPLE, ...change(EXAMPLE) }, BOX).digest).not.toBe(EXAMPLE_DIGEST);
  });

  it('has another digest for another broker', () => {
    expect(canonicalForm(EXAMPLE, 'CX002').digest).not.toBe(EXAMPLE_DIGEST);
  });
});

describe('totals', () => {
  it('are lines and freight per currency, exact, at the digits of each', () => {
    const line = (price: string, currency: string) => ({ ...EXAMPLE.goods[0], price, currency });
    const goods = [line('0.10', 'USD'), line('1000', 'JPY'), line('0.20', 'USD'), line('1.005', 'KWD')];
    expect(
      totals({ goods: goods as DeclarationContent['goods'], freight: { amount: '12', currency: 'USD' } }),
    ).toEqual([
      { amount: '12.30', currency: 'USD' },
      { amount: '1000', currency: 'JPY' },
      { amount: '1.005', currency: 'KWD' },
    ]);
  });

  it('are the same sum that integers give', () => {
    const minor = (amount: string, currency: string) => {
      const [integer = '0', fraction = ''] = amount.split('.');
      const digits = currencyDigits(currency) ?? 0;
      return BigInt(integer) * 10n ** BigInt(digits) + BigInt(fraction.padEnd(digits, '0') || '0');
    };
    fc.assert(
      fc.property(content, (declaration) => {
        const expected = new Map<string, bigint>();
        const amounts = declaration.goods.map(({ price, currency }) => ({ amount: price, currency }));
        for (const { amount, currency } of declaration.freight
          ? [...amounts, declaration.freight]
          : amounts) {
          expected.set(currency, (expected.get(currency) ?? 0n) + minor(amount, currency));
        }
        const found = totals(declaration).map(
          ({ amount, currency }) => [currency, minor(amount, currency)] as const,
        );
        expect(new Map(found)).toEqual(expected);
        expect(totals(canonicalDeclaration(declaration, BOX))).toEqual(totals(declaration));
      }),
    );
  });
});

describe('differences', () => {
  it('are none exactly when the digests are equal', () => {
    fc.assert(
      fc.property(content, content, (one, other) => {
        const [a, b] = [canonicalDeclaration(one, BOX), canonicalDeclaration(other, BOX)];
        expect(differences(a, a)).toEqual([]);
        expect(differences(a, b).length === 0).toBe(jcs(a) === jcs(b));
      }),
    );
  });

  it('point at what differs, as deep as the two have the same shape', () => {
    const ours = canonicalDeclaration(EXAMPLE, BOX);
    const [line] = ours.goods;
    const theirs = {
      ...ours,
      freight: undefined,
      importer: { ...ours.importer, phone: '+886900000000' },
      goods: [{ ...line, price: '36.00' }, line],
    };
    expect(differences(ours, theirs).sort()).toEqual([
      '/freight',
      '/goods/0/price',
      '/goods/1',
      '/importer/phone',
    ]);
    expect(differences(theirs, ours).sort()).toEqual(differences(ours, theirs).sort());
  });

  it('are JSON Pointers also where names need escaping', () => {
    expect(differences({ 'a/b': { 'm~n': 1 } }, { 'a/b': { 'm~n': 2 } })).toEqual(['/a~1b/m~0n']);
  });
});
