/**
 * What changed since the version that this person saw before. The API tells it as JSON Pointers (RFC 6901) into the
 * declaration; people think in lines and fields. So the earlier version is rebuilt, and its lines are matched with the
 * present ones: a line taken away moves every line after it, and none of those has changed.
 */
import type { GoodsLine } from '../../../domain/declaration.ts';

/** One difference as the API tells it; `before` or `after` left out: not there. */
export interface Change {
  readonly pointer: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Members of a declaration that are no lines, in the order in which they are shown. */
export const FIELDS = [
  'importDate',
  'declarationNumber',
  'houseWaybill',
  'masterWaybill',
  'flight',
  'importer',
  'consignor',
  'freight',
  'packages',
  'grossMassKg',
  'grossVolumeM3',
] as const;
export type Field = (typeof FIELDS)[number];

const LINE_MEMBERS = ['description', 'quantity', 'unit', 'price', 'currency', 'hsCode'] as const;
export type LineMember = (typeof LINE_MEMBERS)[number];

export type LineChange =
  | { readonly kind: 'added'; readonly line: GoodsLine }
  | { readonly kind: 'removed'; readonly line: GoodsLine }
  | {
      readonly kind: 'changed';
      readonly before: GoodsLine;
      readonly line: GoodsLine;
      readonly members: readonly LineMember[];
    };

export interface FieldChange {
  readonly field: Field;
  readonly before: unknown;
  readonly after: unknown;
}

export interface Changes {
  readonly lines: readonly LineChange[];
  readonly fields: readonly FieldChange[];
}

/** A declaration as far as it can be compared; what is shown and what is kept both have these members. */
export type Comparable = { readonly goods: readonly GoodsLine[] } & { readonly [member in Field]?: unknown };

/** Groups the API's differences by lines and fields. Pointers to what is not shown are left out. */
export function groupChanges(present: Comparable, items: readonly Change[]): Changes {
  const earlier = earlierVersion(present, items);
  return {
    lines: compareLines(earlier.goods, present.goods),
    fields: FIELDS.filter((field) => items.some(({ pointer }) => pointer.split('/')[1] === field)).map(
      // A member that is not shown as such is still told by what the API said of it.
      (field) => ({ field, ...beforeAndAfter(field, earlier, present, items) }),
    ),
  };
}

function beforeAndAfter(
  field: Field,
  earlier: Comparable,
  present: Comparable,
  items: readonly Change[],
): Omit<FieldChange, 'field'> {
  const whole = items.find(({ pointer }) => pointer === `/${field}`);
  return { before: whole ? whole.before : earlier[field], after: whole ? whole.after : present[field] };
}

type Json = Record<string, unknown>;

/** The present version with every difference undone, the last ones of a list first, so that places stay true. */
function earlierVersion(present: Comparable, items: readonly Change[]): Comparable {
  const copy: Json = structuredClone({ ...present });
  for (const { pointer, before } of [...items].reverse()) undo(copy, pathOf(pointer), before);
  const goods = (copy.goods as (GoodsLine | undefined)[]).filter((line) => line !== undefined);
  return { ...copy, goods };
}

/** RFC 6901 §4. */
const pathOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

function undo(root: Json, path: readonly string[], before: unknown): void {
  const last = path.at(-1);
  if (last === undefined) return;
  let parent: unknown = root;
  for (const token of path.slice(0, -1)) {
    if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, token)) return;
    parent = (parent as Json)[token];
  }
  if (typeof parent !== 'object' || parent === null) return;
  // `defineProperty` and not an assignment: a pointer to `__proto__` names a member like any other.
  Object.defineProperty(parent, last, {
    value: before,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/** Pairs equal lines first, then those of one sequence number; what is left was added or removed. */
function compareLines(earlier: readonly GoodsLine[], present: readonly GoodsLine[]): LineChange[] {
  const unmatched = [...earlier];
  const take = (fits: (line: GoodsLine) => boolean): GoodsLine | null => {
    const at = unmatched.findIndex(fits);
    return at < 0 ? null : (unmatched.splice(at, 1)[0] ?? null);
  };
  const left = present.filter((line) => !take((other) => changedMembers(other, line).length === 0));
  const pairs = left.map((line) => ({ line, before: take(({ sequence }) => sequence === line.sequence) }));
  return [
    ...pairs.map(
      ({ line, before }): LineChange =>
        before
          ? { kind: 'changed', before, line, members: changedMembers(before, line) }
          : { kind: 'added', line },
    ),
    ...unmatched.map((line): LineChange => ({ kind: 'removed', line })),
  ];
}

const changedMembers = (a: GoodsLine, b: GoodsLine): LineMember[] =>
  LINE_MEMBERS.filter((member) => a[member] !== b[member]);
