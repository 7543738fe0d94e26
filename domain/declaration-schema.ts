/**
 * What a declaration must look like, whoever sends it: brokers (`/v1`), Customs (`/customs/v1`) and Customs' answers.
 * Never imported by workflows (zod would be bundled into them).
 */
import { z } from 'zod';
import { currencyDigits } from './currency.ts';
import { atMost, isDecimal, isPositive } from './decimal.ts';
import { MAX_GROSS_MASS_KG_PER_PIECE } from './law.ts';
import {
  DECIMAL_MAX_INTEGER_DIGITS,
  DESCRIPTION_MAX_LENGTH,
  GOODS_MAX_LINES,
  QUANTITY_MAX_DECIMALS,
} from './limits.ts';
import { normalisePhone } from './phone.ts';
import { hasHiddenCharacters, hasVisibleCharacter, lengthInCharacters } from './text.ts';
import { isUnit } from './unit.ts';

const reference = (what: string) =>
  z.string().regex(/^[A-Z0-9 /-]{1,35}$/, `${what}: 1 to 35 of A–Z, 0–9, space, / and -`);

/** Text for people's eyes: visible, without control, zero-width or bidirectional characters. */
export const plainText = (maxCharacters: number) =>
  z
    .string()
    .refine((text) => lengthInCharacters(text) <= maxCharacters, `at most ${maxCharacters} characters`)
    .refine(hasVisibleCharacter, 'must hold something visible')
    .refine(
      (text) => !hasHiddenCharacters(text),
      'must hold no control, zero-width or bidirectional characters',
    );

const positiveDecimal = (decimals: number) =>
  z
    .string()
    .max(DECIMAL_MAX_INTEGER_DIGITS + 1 + decimals)
    .refine((text) => isDecimal(text, { integerDigits: DECIMAL_MAX_INTEGER_DIGITS, decimals }), {
      error: `a plain decimal with at most ${decimals} decimals, such as "35.5"`,
      abort: true,
    })
    .refine(isPositive, 'must be more than 0');

const currency = z
  .string()
  .refine((code) => currencyDigits(code) !== null, 'must be an active ISO 4217 currency code');

/** The most digits of any currency; each amount is checked against its own currency's. */
const MOST_CURRENCY_DIGITS = 4;
const amount = positiveDecimal(MOST_CURRENCY_DIGITS);

/** Whether the currency has that many digits; what is no amount or no currency is told of there, not here. */
function fitsCurrency(decimal: string, code: string): boolean {
  const isAmount = (decimals: number) =>
    isDecimal(decimal, { integerDigits: DECIMAL_MAX_INTEGER_DIGITS, decimals });
  return !isAmount(MOST_CURRENCY_DIGITS) || isAmount(currencyDigits(code) ?? MOST_CURRENCY_DIGITS);
}

const TOO_MANY_DIGITS = 'more decimals than the currency has';

/** `z.strictObject` refuses members that it does not know, `z.object` drops them. */
type ObjectSchema = typeof z.strictObject;
const strict: ObjectSchema = z.strictObject;
const growing: ObjectSchema = z.object;

const goodsLine = (object: ObjectSchema) =>
  object({
    sequence: z.int().min(1).max(9999),
    description: plainText(DESCRIPTION_MAX_LENGTH),
    hsCode: z
      .string()
      .regex(/^\d{6,11}$/, '6 to 11 digits')
      .optional(),
    quantity: positiveDecimal(QUANTITY_MAX_DECIMALS),
    unit: z.string().refine(isUnit, 'must be a unit code of UN/ECE Recommendation 20 or 21, such as "PCE"'),
    price: amount.meta({ description: "Of the whole line, with at most the currency's own digits" }),
    currency,
  }).refine((line) => fitsCurrency(line.price, line.currency), { path: ['price'], message: TOO_MANY_DIGITS });

const money = (object: ObjectSchema) =>
  object({ amount, currency }).refine((value) => fitsCurrency(value.amount, value.currency), {
    path: ['amount'],
    message: TOO_MANY_DIGITS,
  });

const MAX_PACKAGES = 99_999;

export const declarationNumberSchema = reference('declaration number');

/** Postgres knows no year 0; no flight landed before this service, or is declared a lifetime ahead. */
const isDayOfImport = (day: string): boolean => day >= '2000-01-01' && day <= '2100-12-31';

/** Members that every form shares; an object to spread, so that each form stays one flat object. */
const contentShapeOf = (object: ObjectSchema) => ({
  functionalReference: reference('functional reference'),
  masterWaybill: z.string().regex(/^\d{11}$/, '11 digits'),
  houseWaybill: reference('house waybill'),
  flight: z.string().regex(/^[A-Z0-9]{2,3}\d{1,4}[A-Z]?$/, 'airline code and number, such as "CI0006"'),
  importDate: z.iso.date({ abort: true }).refine(isDayOfImport, 'a day of 2000 to 2100'),
  importer: object({
    name: plainText(100),
    phone: z
      .string()
      .max(40)
      .refine((text) => normalisePhone(text) !== null, 'must be a Taiwan mobile number'),
  }),
  consignor: object({
    name: plainText(200),
    country: z.string().regex(/^[A-Z]{2}$/, 'ISO 3166-1 alpha-2'),
  }).optional(),
  goods: z
    .array(goodsLine(object))
    .min(1)
    .max(GOODS_MAX_LINES)
    .refine(
      (lines) => new Set(lines.map((line) => line.sequence)).size === lines.length,
      'sequence numbers must differ',
    ),
  freight: money(object).optional(),
  packages: z.int().min(1).max(MAX_PACKAGES),
  grossMassKg: positiveDecimal(QUANTITY_MAX_DECIMALS),
  grossVolumeM3: positiveDecimal(QUANTITY_MAX_DECIMALS).optional(),
});

/** The shared members where unknown ones are refused, at every depth. */
export const contentShape = contentShapeOf(strict);

/** Express pieces weigh at most 70 kg each (L1 Art. 4). */
const massFits = (content: { grossMassKg: string; packages: number }): boolean =>
  !(content.packages >= 1 && content.packages <= MAX_PACKAGES) ||
  !isDecimal(content.grossMassKg, {
    integerDigits: DECIMAL_MAX_INTEGER_DIGITS,
    decimals: QUANTITY_MAX_DECIMALS,
  }) ||
  atMost(content.grossMassKg, String(MAX_GROSS_MASS_KG_PER_PIECE * content.packages));

const MASS_MESSAGE = {
  path: ['grossMassKg'],
  message: `at most ${MAX_GROSS_MASS_KG_PER_PIECE} kg for each package`,
};

/** The contract's own. */
const EXAMPLE = {
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
};

/** Body of `POST` and `PUT /v1/declarations`. */
export const submissionSchema = z
  .strictObject({
    order: z.enum(['declare-first', 'consent-first']).optional().meta({
      description: "Customs is told before the importer is asked, or after; the service's own unless given",
    }),
    declarationNumber: declarationNumberSchema.optional(),
    ...contentShape,
    respondBy: z.iso.datetime({ offset: true }).optional().meta({
      description: 'The importer may answer until then: 10 minutes to 7 days ahead, 72 hours unless given',
    }),
  })
  .refine(massFits, MASS_MESSAGE)
  .meta({ id: 'DeclarationSubmission', example: { order: 'declare-first', ...EXAMPLE } });

const contextShapeOf = (object: ObjectSchema) => ({
  declarationNumber: declarationNumberSchema,
  declarationId: z.string().optional(),
  brokerBoxNumber: z.string().regex(/^[\x20-\x7e]{1,35}$/, '1 to 35 printable ASCII characters'),
  version: z.int32().min(1),
  lodgedAt: z.iso.datetime({ offset: true }),
  ...contentShapeOf(object),
});

/** Body of `POST /customs/v1/declarations`: strict, it is an interface of ours. */
export const contextSchema = z
  .strictObject(contextShapeOf(strict))
  .refine(massFits, MASS_MESSAGE)
  .meta({
    id: 'DeclarationContext',
    example: {
      declarationNumber: 'CX 15 123 A1234',
      brokerBoxNumber: 'A123',
      version: 1,
      lodgedAt: '2026-11-24T03:00:00+08:00',
      ...EXAMPLE,
    },
  });

/** A context inside an answer of Customs: unknown members are dropped at every depth, counterparts' answers grow. */
export const answeredContextSchema = z.object(contextShapeOf(growing));
