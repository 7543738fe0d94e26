/** Random declarations and their parts, all of them such as the schema accepts. */
import fc from 'fast-check';
import { currencyDigits } from '../../domain/currency.ts';
import type { DeclarationContent, GoodsLine, Money } from '../../domain/declaration.ts';

/** The example of the HTTP contract, as a broker sends it. */
export const EXAMPLE = {
  order: 'declare-first' as const,
  declarationNumber: 'CX 15 123 A1234',
  functionalReference: 'B-000123',
  masterWaybill: '29712345675',
  houseWaybill: 'HAWB0001',
  flight: 'CI0006',
  importDate: '2026-11-24',
  importer: { name: '王小明', phone: '0912-345-678' },
  consignor: { name: 'Acme Inc.', country: 'US' },
  goods: [
    {
      sequence: 1,
      description: 'running shoes',
      hsCode: '640411',
      quantity: '2',
      unit: 'PCE',
      price: '35.50',
      currency: 'USD',
    },
  ],
  freight: { amount: '12.00', currency: 'USD' },
  packages: 1,
  grossMassKg: '1.850',
  respondBy: '2026-11-26T00:00:00+08:00',
};

/** A plain decimal above zero with up to `decimals` digits after the point, trailing zeros included. */
export const positiveDecimal = (decimals: number, integerDigits = 12): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.bigInt({ min: 0n, max: 10n ** BigInt(integerDigits) - 1n }),
      fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: decimals }),
    )
    .map(([integer, fraction]) => (fraction.length ? `${integer}.${fraction.join('')}` : `${integer}`))
    .filter((text) => /[1-9]/.test(text));

const currency = fc.constantFrom('TWD', 'USD', 'JPY', 'KWD', 'EUR', 'CLF');

export const money: fc.Arbitrary<Money> = currency.chain((code) =>
  positiveDecimal(currencyDigits(code) ?? 0).map((amount) => ({ amount, currency: code })),
);

const characters = (alphabet: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength });
export const reference = characters('ABCZ0189 /-', 35);
/** Words for people's eyes: Latin with marks in both normal forms, Chinese, markup, homoglyphs. */
export const visibleText = (maxLength: number) =>
  characters('aZ9é\u0065ü鞋王名한あа<b>&"\'.', maxLength).filter((text) => /\S/u.test(text));

/** One Taiwan mobile number in one of the ways people write it. */
export const phone = fc
  .tuple(fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 6, maxLength: 6 }), fc.nat(5))
  .map(([six, form]) => {
    const digits = `912${six}`.slice(0, 9);
    const [a, b, c] = [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6)];
    const forms = [
      `0${digits}`,
      `+886${digits}`,
      `+8860${digits}`,
      `0${a}-${b}-${c}`,
      `+886 ${a} ${b} ${c}`,
      `(0${a}) ${b} ${c}`,
    ];
    return forms[form] ?? `0${digits}`;
  });

const goodsLine = (sequence: number): fc.Arbitrary<GoodsLine> =>
  fc
    .record(
      {
        description: visibleText(60),
        hsCode: fc.option(fc.constantFrom('640411', '64041100006'), { nil: undefined }),
        quantity: positiveDecimal(6),
        unit: fc.constantFrom('PCE', 'KGM', 'SET'),
        money,
      },
      { requiredKeys: ['description', 'quantity', 'unit', 'money'] },
    )
    .map(({ money: { amount, currency: code }, ...rest }) => ({
      sequence,
      ...rest,
      price: amount,
      currency: code,
    }));

const goods = fc
  .uniqueArray(fc.integer({ min: 1, max: 9999 }), { minLength: 1, maxLength: 6 })
  .chain((sequences) => fc.tuple(...sequences.map(goodsLine)));

export const content: fc.Arbitrary<DeclarationContent> = fc.record(
  {
    functionalReference: reference,
    masterWaybill: fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 11, maxLength: 11 }),
    houseWaybill: reference,
    flight: fc.constantFrom('CI0006', 'BR67', '5X0036'),
    importDate: fc.constantFrom('2026-11-24', '2028-02-29'),
    importer: fc.record({ name: visibleText(20), phone }),
    consignor: fc.record({ name: visibleText(40), country: fc.constantFrom('US', 'JP') }),
    goods,
    freight: money,
    packages: fc.integer({ min: 1, max: 99_999 }),
    grossMassKg: fc.constantFrom('1.850', '0.5', '70', '0.000001', '12.30'),
    grossVolumeM3: positiveDecimal(6),
  },
  {
    requiredKeys: [
      'functionalReference',
      'masterWaybill',
      'houseWaybill',
      'flight',
      'importDate',
      'importer',
      'goods',
      'packages',
      'grossMassKg',
    ],
  },
);
