import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Change, groupChanges } from '../../../app/src/declaration/changes.ts';
import type { GoodsLine } from '../../../domain/declaration.ts';

const line = (sequence: number, more: Partial<GoodsLine> = {}): GoodsLine => ({
  sequence,
  description: `goods ${sequence}`,
  quantity: '1',
  unit: 'PCE',
  price: '10.00',
  currency: 'USD',
  ...more,
});

type Content = { goods: GoodsLine[] } & Record<string, unknown>;
const content = (goods: GoodsLine[], more: Record<string, unknown> = {}): Content => ({
  importDate: '2026-11-24',
  flight: 'CI0006',
  packages: 1,
  grossMassKg: '1.5',
  goods,
  ...more,
});

/** Differences by place, the shallowest that tells two values apart: as the API makes them. */
function diff(before: unknown, after: unknown, pointer = ''): Change[] {
  if (before === after) return [];
  const composite = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null;
  if (!composite(before) || !composite(after)) {
    return [{ pointer, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
  }
  const members = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return members.flatMap((member) => diff(before[member], after[member], `${pointer}/${member}`));
}

const changes = (before: Content, after: Content) => groupChanges(after, diff(before, after));

describe('what changed', () => {
  it('is nothing when nothing did', () => {
    expect(groupChanges(content([line(1)]), [])).toEqual({ lines: [], fields: [] });
  });

  it('names the members of a line that differ, with what they were', () => {
    const after = line(2, { price: '99.00', description: 'gold' });
    expect(changes(content([line(1), line(2)]), content([line(1), after])).lines).toEqual([
      { kind: 'changed', before: line(2), line: after, members: ['description', 'price'] },
    ]);
  });

  it('tells an added line from changed ones', () => {
    expect(changes(content([line(1)]), content([line(1), line(2)])).lines).toEqual([
      { kind: 'added', line: line(2) },
    ]);
  });

  it('tells a removed line only, though every line after it moved', () => {
    const before = content([line(1), line(2), line(3), line(4)]);
    expect(changes(before, content([line(1), line(3), line(4)])).lines).toEqual([
      { kind: 'removed', line: line(2) },
    ]);
  });

  it('does not mind lines that were only numbered anew or put in another order', () => {
    const [a, b] = [line(1, { description: 'a' }), line(2, { description: 'b' })];
    const after = content([
      { ...b, sequence: 1 },
      { ...a, sequence: 2 },
    ]);
    expect(changes(content([a, b]), after).lines).toEqual([]);
  });

  it('tells fields as wholes, in the order in which they are shown', () => {
    const before = content([line(1)], { freight: { amount: '12.00', currency: 'USD' }, grossMassKg: '9' });
    const after = content([line(1)], { freight: { amount: '13.00', currency: 'USD' } });
    expect(changes(before, after).fields).toEqual([
      {
        field: 'freight',
        before: { amount: '12.00', currency: 'USD' },
        after: { amount: '13.00', currency: 'USD' },
      },
      { field: 'grossMassKg', before: '9', after: '1.5' },
    ]);
  });

  it('tells what was not there before, and what is there no more', () => {
    const consignor = { name: 'Acme', country: 'US' };
    const without = content([line(1)]);
    const withOne = content([line(1)], { consignor });
    expect(changes(without, withOne).fields).toEqual([
      { field: 'consignor', before: undefined, after: consignor },
    ]);
    expect(changes(withOne, without).fields).toEqual([
      { field: 'consignor', before: consignor, after: undefined },
    ]);
  });

  it('tells of a member that is not shown by what the API said of it', () => {
    const items = [{ pointer: '/masterWaybill', before: '1', after: '2' }];
    expect(groupChanges(content([line(1)]), items).fields).toEqual([
      { field: 'masterWaybill', before: '1', after: '2' },
    ]);
  });

  it('survives pointers to nowhere, to the whole and to a prototype', () => {
    const items = ['', '/', '/goods/99/price', '/goods/0/price/x', '/__proto__/polluted', '/constructor'].map(
      (pointer) => ({ pointer, before: 'x' }),
    );
    expect(groupChanges(content([line(1)]), items)).toEqual({ lines: [], fields: [] });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('accounts for every line, whatever changed', () => {
    const anyLine = (sequence: number) =>
      fc
        .record({ description: fc.constantFrom('a', 'b', 'c'), price: fc.constantFrom('1.00', '2.00') })
        .map((more) => line(sequence, more));
    const goods = fc
      .uniqueArray(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 6 })
      .chain((sequences) => fc.tuple(...sequences.map(anyLine)));
    fc.assert(
      fc.property(goods, goods, (before, after) => {
        const { lines } = changes(content(before), content(after));
        const count = (kind: string) => lines.filter((change) => change.kind === kind).length;
        expect(after.length - before.length).toBe(count('added') - count('removed'));
        expect(lines.every((change) => change.kind !== 'changed' || change.members.length > 0)).toBe(true);
      }),
    );
  });
});
