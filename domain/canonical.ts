import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';
import { currencyDigits } from './currency.ts';
import { atDigits, sum, withoutTrailingZeros } from './decimal.ts';
import type { DeclarationContent, GoodsLine, Money } from './declaration.ts';
import { normalisePhone } from './phone.ts';

/** RFC 8785 (JCS) text of a JSON value; members that are `undefined` are left out. */
export function jcs(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}

/** Lower-case hex SHA-256 of a text's UTF-8 bytes. */
export const sha256Hex = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));

/** What the digest covers: a content in its one form, with the broker's box number. */
export interface CanonicalDeclaration extends DeclarationContent {
  brokerBoxNumber: string;
}

/**
 * The one form of a content: strings NFC, phone E.164, money at its currency's digits, other decimals without trailing
 * zeros, nothing but the known members. `goods` stay in the order sent. Applying it twice changes nothing.
 */
export function canonicalDeclaration(
  content: DeclarationContent,
  brokerBoxNumber: string,
): CanonicalDeclaration {
  const { consignor, freight, grossVolumeM3 } = content;
  return {
    brokerBoxNumber,
    functionalReference: nfc(content.functionalReference),
    masterWaybill: nfc(content.masterWaybill),
    houseWaybill: nfc(content.houseWaybill),
    flight: nfc(content.flight),
    importDate: content.importDate,
    importer: {
      name: nfc(content.importer.name),
      phone: normalisePhone(content.importer.phone) ?? content.importer.phone,
    },
    ...(consignor && { consignor: { name: nfc(consignor.name), country: nfc(consignor.country) } }),
    goods: content.goods.map(canonicalGoods),
    ...(freight && { freight: canonicalMoney(freight) }),
    packages: content.packages,
    grossMassKg: withoutTrailingZeros(content.grossMassKg),
    ...(grossVolumeM3 !== undefined && { grossVolumeM3: withoutTrailingZeros(grossVolumeM3) }),
  };
}

/** The exact bytes (as text) that are kept as evidence, and their digest. */
export function canonicalForm(
  content: DeclarationContent,
  brokerBoxNumber: string,
): { text: string; digest: string } {
  const text = jcs(canonicalDeclaration(content, brokerBoxNumber));
  return { text, digest: sha256Hex(text) };
}

/** What the goods and the freight cost together, per currency, in order of first appearance. */
export function totals({ goods, freight }: Pick<DeclarationContent, 'goods' | 'freight'>): Money[] {
  const amounts = new Map<string, string[]>();
  const all = [
    ...goods.map((line) => ({ amount: line.price, currency: line.currency })),
    ...(freight ? [freight] : []),
  ];
  for (const { amount, currency } of all) amounts.set(currency, [...(amounts.get(currency) ?? []), amount]);
  return [...amounts].map(([currency, list]) => canonicalMoney({ amount: sum(list), currency }));
}

/** One place where two declarations differ; a value left out is not there. */
export interface Change {
  /** JSON Pointer (RFC 6901), the shallowest that tells them apart. */
  pointer: string;
  before?: unknown;
  after?: unknown;
}

/** What changed from one declaration to another. */
export function changes(before: unknown, after: unknown, pointer = ''): Change[] {
  if (before === after) return [];
  if (!isComposite(before) || !isComposite(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [{ pointer, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
  }
  const left: Record<string, unknown> = { ...before };
  const right: Record<string, unknown> = { ...after };
  const members = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return members.flatMap((member) =>
    changes(left[member], right[member], `${pointer}/${escapePointer(member)}`),
  );
}

/** The pointers alone. */
export const differences = (ours: unknown, theirs: unknown): string[] =>
  changes(ours, theirs).map(({ pointer }) => pointer);

/** RFC 6901 §3. */
const escapePointer = (member: string): string => member.replaceAll('~', '~0').replaceAll('/', '~1');

const isComposite = (value: unknown): value is object => typeof value === 'object' && value !== null;

function canonicalGoods(line: GoodsLine): GoodsLine {
  return {
    sequence: line.sequence,
    description: nfc(line.description),
    ...(line.hsCode !== undefined && { hsCode: line.hsCode }),
    quantity: withoutTrailingZeros(line.quantity),
    unit: line.unit,
    price: atDigits(line.price, currencyDigits(line.currency) ?? 2),
    currency: line.currency,
  };
}

const canonicalMoney = ({ amount, currency }: Money): Money => ({
  amount: atDigits(amount, currencyDigits(currency) ?? 2),
  currency,
});

const nfc = (text: string): string => text.normalize('NFC');
