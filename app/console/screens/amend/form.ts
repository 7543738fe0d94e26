/**
 * A declaration as a form: every value as text, by its JSON Pointer (RFC 6901). So what the API or Customs says of a
 * pointer is said at that field.
 */
import type { Problem } from '../../../../domain/error-code.ts';
import type { Declaration } from '../../types.ts';

export type Form = Readonly<Record<string, string>>;

const GENERAL = [
  '/houseWaybill',
  '/masterWaybill',
  '/functionalReference',
  '/flight',
  '/importDate',
] as const;
const IMPORTER = ['/importer/name', '/importer/phone'] as const;
const CONSIGNOR = ['/consignor/name', '/consignor/country'] as const;
const PARCEL = [
  '/packages',
  '/grossMassKg',
  '/grossVolumeM3',
  '/freight/amount',
  '/freight/currency',
] as const;
const LINE = ['description', 'quantity', 'unit', 'price', 'currency', 'hsCode'] as const;

/** Fields by the group that they stand in, in the order of the screen. */
export const GROUPS = { general: GENERAL, importer: IMPORTER, consignor: CONSIGNOR, parcel: PARCEL } as const;
export type Group = keyof typeof GROUPS;

/** Members that are numbers in JSON. */
const NUMBERS = /^\/(packages|goods\/\d+\/sequence)$/;

/** `/goods/0/hsCode` → `goods.hsCode`: what its texts are called. */
export const nameOf = (pointer: string): string =>
  pointer
    .slice(1)
    .replace(/\/\d+\//, '/')
    .replaceAll('/', '.');

export const linePointers = (line: number): string[] => LINE.map((member) => `/goods/${line}/${member}`);

/** Every field of the form, in the order of the screen. */
export const pointersOf = (form: Form): string[] => [
  ...GENERAL,
  ...IMPORTER,
  ...CONSIGNOR,
  ...Array.from({ length: lineCount(form) }, (_, line) => linePointers(line)).flat(),
  ...PARCEL,
];

export function formOf(declaration: Declaration): Form {
  const { goods = [] } = declaration;
  const plain = Object.values(GROUPS)
    .flat()
    .map((pointer) => [pointer, textAt(declaration, pointer)]);
  const lines = goods.flatMap((_, line) =>
    [...linePointers(line), `/goods/${line}/sequence`].map((pointer) => [
      pointer,
      textAt(declaration, pointer),
    ]),
  );
  return Object.fromEntries([...plain, ...lines]);
}

/** What stands at a pointer; empty where nothing does. */
export function textAt(value: unknown, pointer: string): string {
  const found = pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((at, member) => (at as Record<string, unknown> | undefined)?.[member], value);
  return found === undefined || found === null || typeof found === 'object' ? '' : String(found);
}

/** The body of the amendment: what is empty is left out. */
export function bodyOf(form: Form): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [pointer, text] of Object.entries(form)) {
    const value = text.trim();
    if (value !== '') put(body, pointer.split('/').slice(1), asNumber(pointer, value));
  }
  return body;
}

const asNumber = (pointer: string, value: string): string | number =>
  NUMBERS.test(pointer) && /^\d{1,9}$/.test(value) ? Number(value) : value;

function put(into: Record<string, unknown>, [first = '', ...rest]: string[], value: unknown): void {
  if (rest.length === 0) {
    into[first] = value;
    return;
  }
  into[first] ??= /^\d+$/.test(rest[0] ?? '') ? [] : {};
  put(into[first] as Record<string, unknown>, rest, value);
}

export function lineCount(form: Form): number {
  let count = 0;
  while (`/goods/${count}/sequence` in form) count += 1;
  return count;
}

/** One more line, with a sequence number of its own and the currency of the line before it. */
export function withLine(form: Form): Form {
  const line = lineCount(form);
  const numbers = Array.from({ length: line }, (_, at) => Number(form[`/goods/${at}/sequence`]));
  return {
    ...form,
    ...Object.fromEntries(linePointers(line).map((pointer) => [pointer, ''])),
    [`/goods/${line}/currency`]: form[`/goods/${line - 1}/currency`] ?? '',
    [`/goods/${line}/sequence`]: String(Math.max(0, ...numbers) + 1),
  };
}

/** Without that line; those after it move up. */
export function withoutLine(form: Form, gone: number): Form {
  const entries = Object.entries(form).flatMap(([pointer, value]) => {
    const [, line, member] = /^\/goods\/(\d+)\/(\w+)$/.exec(pointer) ?? [];
    if (line === undefined) return [[pointer, value]];
    if (Number(line) === gone) return [];
    return [[Number(line) > gone ? `/goods/${Number(line) - 1}/${member}` : pointer, value]];
  });
  return Object.fromEntries(entries);
}

/** Fields that two forms have different values in. */
export const differing = (one: Form, other: Form): string[] =>
  [...new Set([...pointersOf(one), ...pointersOf(other)])].filter(
    (pointer) => (one[pointer] ?? '').trim() !== (other[pointer] ?? '').trim(),
  );

/** The field that a problem is shown at: its own, or the first below what it names; null: it is about the whole. */
export const fieldOf = (form: Form, { pointer }: Pick<Problem, 'pointer'>): string | null =>
  pointer === ''
    ? null
    : (pointersOf(form).find((field) => field === pointer || field.startsWith(`${pointer}/`)) ?? null);
