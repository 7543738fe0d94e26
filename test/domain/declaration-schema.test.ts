import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answeredContextSchema, contextSchema, submissionSchema } from '../../domain/declaration-schema.ts';
import { content, EXAMPLE } from './arbitrary.ts';

type Json = { [member: string]: Json } | Json[] | string | number | boolean | null | undefined;

/** The example with one place changed, by JSON Pointer. */
function example(pointer: string, value: Json): Json {
  const body = structuredClone(EXAMPLE) as Json;
  const path = pointer.slice(1).split('/');
  const last = path.pop() ?? '';
  const parent = path.reduce<Json>((at, name) => (at as { [member: string]: Json })[name], body);
  (parent as { [member: string]: Json })[last] = value;
  return body;
}

/** Where the schema finds fault. */
function faults(body: unknown): string[] {
  const result = submissionSchema.safeParse(body);
  return result.success ? [] : result.error.issues.map((issue) => `/${issue.path.join('/')}`);
}

const line = EXAMPLE.goods[0] as Json;
const lines = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ ...(line as object), sequence: i + 1 }) as Json);

describe('a submitted declaration', () => {
  it("may be the contract's example", () => {
    expect(submissionSchema.parse(EXAMPLE)).toEqual(EXAMPLE);
  });

  it.each(['order', 'declarationNumber', 'consignor', 'freight', 'respondBy', 'goods/0/hsCode'])(
    'may leave out %s',
    (member) => {
      expect(faults(example(`/${member}`, undefined))).toEqual([]);
    },
  );

  it.each([
    'functionalReference',
    'masterWaybill',
    'houseWaybill',
    'flight',
    'importDate',
    'importer',
    'goods',
    'packages',
    'grossMassKg',
  ])('must hold %s', (member) => {
    expect(faults(example(`/${member}`, undefined))).toEqual([`/${member}`]);
  });

  it('may be anything whose parts are in order', () => {
    fc.assert(
      fc.property(content, (declaration) => {
        expect(faults(declaration)).toEqual([]);
      }),
    );
  });

  it.each([
    ['description', 'running <b>shoes</b>', 'markup, which is text like any other'],
    ['description', 'running shоes', 'a homoglyph: one cannot tell languages apart safely, the digest does'],
    ['description', '한글 신발', 'Hangul'],
    ['description', '𠮷'.repeat(512), '512 characters beyond the first plane'],
    ['price', '0.01', 'the least'],
    ['price', '999999999999.99', 'the most'],
    ['quantity', '0.000001', 'the least'],
    ['unit', 'BX', 'a package of Rec 21'],
    ['sequence', 9999, 'the last'],
  ])('accepts as %s: %j (%s)', (member, value, _why) => {
    expect(faults(example(`/goods/0/${member}`, value))).toEqual([]);
  });

  it.each<[string, Json, string]>([
    // Attack 26: text that does not show what it is.
    ['/goods/0/description', 'shoes\u202egnp.exe', 'right-to-left override'],
    ['/goods/0/description', 'shoes\u2067x\u2069', 'isolate'],
    ['/goods/0/description', 'run\u200bning', 'zero-width space'],
    ['/goods/0/description', 'run\u200dning', 'zero-width joiner'],
    ['/goods/0/description', '\u2060shoes', 'word joiner'],
    ['/goods/0/description', '\ufeffshoes', 'byte-order mark'],
    ['/goods/0/description', '\u3164', 'Hangul filler'],
    ['/goods/0/description', 'shoes\u3164', 'Hangul filler'],
    ['/goods/0/description', '\u2800', 'braille blank'],
    ['/goods/0/description', ' \u3000', 'spaces'],
    ['/goods/0/description', '', 'nothing'],
    ['/goods/0/description', 'a\nb', 'line break'],
    ['/goods/0/description', 'a\0b', 'NUL'],
    ['/goods/0/description', 'a\ud800b', 'lone surrogate'],
    ['/goods/0/description', 'x'.repeat(513), '513 characters'],
    ['/importer/name', '王\u202e小明', 'right-to-left override'],
    ['/importer/name', '\u3164', 'Hangul filler'],
    ['/consignor/name', 'Acme\u200b', 'zero-width space'],
    // Attack 27: amounts that are not what they look like.
    ['/goods/0/price', '1e3', 'exponent'],
    ['/goods/0/price', '-1.00', 'negative'],
    ['/goods/0/price', '0', 'zero'],
    ['/goods/0/price', '0.00', 'zero'],
    ['/goods/0/price', '35.505', 'too many decimals for USD'],
    ['/goods/0/price', '１.00', 'full-width digit'],
    ['/goods/0/price', '1,000.00', 'thousands separator'],
    ['/goods/0/price', '035.50', 'leading zero'],
    ['/goods/0/price', '+35.50', 'sign'],
    ['/goods/0/price', 'NaN', 'no number'],
    ['/goods/0/price', 35.5, 'a JSON number'],
    ['/goods/0/price', '1000000000000', 'thirteen digits'],
    ['/goods/0/quantity', '1e3', 'exponent'],
    ['/goods/0/quantity', '0.0000001', 'seven decimals'],
    ['/goods/0/quantity', '0', 'zero'],
    ['/goods/0/currency', 'usd', 'lower case'],
    ['/goods/0/currency', 'XBT', 'no ISO 4217 code'],
    ['/goods/0/currency', 'XXX', 'no currency'],
    ['/goods/0/currency', '', 'nothing'],
    ['/freight/amount', '12.001', 'too many decimals for USD'],
    ['/freight/amount', '-12', 'negative'],
    ['/freight/currency', 'ZZZ', 'no ISO 4217 code'],
    // The rest of the rules.
    ['/goods/0/unit', 'PIECES', 'no unit'],
    ['/goods/0/unit', 'pce', 'lower case'],
    ['/goods/0/sequence', 0, 'below the first'],
    ['/goods/0/sequence', 1.5, 'not whole'],
    ['/goods/0/hsCode', '64041', 'five digits'],
    ['/goods', [], 'no line'],
    ['/goods', lines(51), '51 lines'],
    ['/goods', [line, line], 'one sequence number twice'],
    ['/grossMassKg', '70.000001', 'more than 70 kg for one package'],
    ['/grossMassKg', '0.0', 'zero'],
    ['/grossVolumeM3', '0.1234567', 'seven decimals'],
    ['/packages', 0, 'none'],
    ['/packages', 1.5, 'not whole'],
    ['/importer/phone', '02-2345-6789', 'a fixed line'],
    ['/importer/phone', '+1 202 555 0123', 'another country'],
    ['/importer/phone', '王小明 0912-345-678', 'words around it'],
    ['/masterWaybill', '2971234567', 'ten digits'],
    ['/masterWaybill', '2971234567A', 'a letter'],
    ['/houseWaybill', 'hawb0001', 'lower case'],
    ['/houseWaybill', 'X'.repeat(36), '36 characters'],
    ['/houseWaybill', '', 'nothing'],
    ['/functionalReference', 'B_1', 'underscore'],
    ['/declarationNumber', 'CX\t15', 'tab'],
    ['/flight', 'CI 0006', 'space'],
    ['/importDate', '2026-02-30', 'no such day'],
    ['/importDate', '2027-02-29', 'no leap year'],
    ['/importDate', '24/11/2026', 'another notation'],
    ['/consignor/country', 'usa', 'no code'],
    ['/respondBy', '2026-11-26T00:00:00', 'no offset'],
    ['/respondBy', 'tomorrow', 'no time'],
    ['/order', 'customs-started', "not the broker's to choose"],
  ])('at %s refuses %j (%s), and says where', (pointer, value) => {
    expect(faults(example(pointer, value))).toEqual([pointer]);
  });

  it.each(['/idNumber', '/importer/idNumber', '/goods/0/discount', '/freight/paidBy', '/consignor/email'])(
    'refuses the unknown member %s',
    (pointer) => {
      const parent = pointer.slice(0, pointer.lastIndexOf('/'));
      expect(faults(example(pointer, 'x'))).toEqual([parent || '/']);
    },
  );

  it('refuses more packages than can be counted', () => {
    expect(new Set(faults({ ...EXAMPLE, packages: 1e23 }))).toEqual(new Set(['/packages']));
  });

  it('counts the mass per package, exactly', () => {
    expect(faults({ ...EXAMPLE, packages: 3, grossMassKg: '210.000000' })).toEqual([]);
    expect(faults({ ...EXAMPLE, packages: 3, grossMassKg: '210.000001' })).toEqual(['/grossMassKg']);
  });

  it('lets each price have the digits of its own currency', () => {
    const priced = (price: string, currency: string) => ({
      ...EXAMPLE,
      goods: [{ ...(line as object), price, currency }],
    });
    expect(faults(priced('35', 'JPY'))).toEqual([]);
    expect(faults(priced('35.0', 'JPY'))).toEqual(['/goods/0/price']);
    expect(faults(priced('35.005', 'KWD'))).toEqual([]);
    expect(faults(priced('35.0005', 'KWD'))).toEqual(['/goods/0/price']);
  });
});

describe("Customs' context", () => {
  const { order: _, respondBy: __, ...body } = EXAMPLE;
  const context = { ...body, brokerBoxNumber: 'CX001', version: 1, lodgedAt: '2026-11-24T10:00:00+08:00' };

  it('sent to us is strict', () => {
    expect(contextSchema.safeParse(context).success).toBe(true);
    expect(contextSchema.safeParse({ ...context, remark: 'x' }).success).toBe(false);
    expect(contextSchema.safeParse({ ...context, declarationNumber: undefined }).success).toBe(false);
    expect(contextSchema.safeParse({ ...context, grossMassKg: '71' }).success).toBe(false);
  });

  it('in an answer to us may have grown, at any depth; what is new is dropped', () => {
    const grown = {
      ...context,
      remark: 'x',
      importer: { ...context.importer, kind: 'person' },
      consignor: { ...context.consignor, email: 'x' },
      freight: { ...context.freight, paidBy: 'x' },
      goods: context.goods.map((goods) => ({ ...goods, dutyRate: '0.05' })),
    };
    expect(answeredContextSchema.parse(grown)).toEqual(context);
  });

  it('in an answer to us keeps the rules for what it holds', () => {
    const goods = [{ ...(line as object), description: 'shoes\u202e' }];
    expect(answeredContextSchema.safeParse({ ...context, goods }).success).toBe(false);
    expect(answeredContextSchema.safeParse({ ...context, grossMassKg: '-1' }).success).toBe(false);
  });
});
