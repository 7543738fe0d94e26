/** The console's form of a declaration: nothing is lost between what was declared and what is sent. */
import { describe, expect, test } from 'vitest';
import {
  bodyOf,
  differing,
  fieldOf,
  formOf,
  lineCount,
  nameOf,
  withLine,
  withoutLine,
} from '../../../app/console/screens/amend/form.ts';
import type { Declaration } from '../../../app/console/types.ts';
import { mayAmend, mayCancel } from '../../../app/console/view.ts';
import { submissionSchema } from '../../../domain/declaration-schema.ts';
import { POA_STATE, POA_STATUSES } from '../../../domain/poa-state.ts';

const line = (sequence: number, description: string) => ({
  sequence,
  description,
  quantity: '2',
  unit: 'PCE',
  price: '35.50',
  currency: 'USD',
});
const submitted = {
  functionalReference: 'B-1',
  masterWaybill: '29712345675',
  houseWaybill: 'HAWB1',
  flight: 'CI0006',
  importDate: '2026-11-24',
  importer: { name: '王小明', phone: '0912-345-678' },
  consignor: { name: 'Acme Inc.', country: 'US' },
  goods: [line(3, 'shoes'), line(7, 'socks'), line(8, 'hat')],
  freight: { amount: '12.00', currency: 'USD' },
  packages: 2,
  grossMassKg: '1.850',
  grossVolumeM3: '0.01',
};
const declaration = {
  ...submitted,
  status: 'needs_correction',
  order: 'declare-first',
} as unknown as Declaration;
const form = formOf(declaration);

describe('the form', () => {
  test('sends back exactly what was declared, where nothing was changed', () => {
    expect(bodyOf(form)).toEqual(submitted);
    expect(submissionSchema.safeParse(bodyOf(form)).success).toBe(true);
  });

  test('leaves out what is empty: an optional group of which nothing is filled in is not there', () => {
    const { consignor: _, freight: __, grossVolumeM3: ___, ...least } = submitted;
    expect(
      bodyOf(
        formOf({
          ...declaration,
          ...least,
          consignor: undefined,
          freight: undefined,
          grossVolumeM3: undefined,
        } as unknown as Declaration),
      ),
    ).toEqual(least);
    const emptied = { ...form, '/consignor/name': ' ', '/consignor/country': '', '/packages': 'two' };
    expect(bodyOf(emptied)).toMatchObject({ packages: 'two' });
    expect(bodyOf(emptied)).not.toHaveProperty('consignor');
  });

  test('gives a new line a number of its own, and takes one away without touching the others', () => {
    const more = withLine(form);
    expect([lineCount(more), more['/goods/3/sequence'], more['/goods/3/currency']]).toEqual([4, '9', 'USD']);
    const less = withoutLine(form, 0);
    expect(bodyOf(less).goods).toEqual(submitted.goods.slice(1));
    expect(bodyOf(withoutLine(more, 3))).toEqual(submitted);
  });

  test('shows a problem at its field, at the first below it, or at none', () => {
    const at = (pointer: string) => fieldOf(form, { pointer });
    expect(at('/importer/name')).toBe('/importer/name');
    expect(at('/importer')).toBe('/importer/name');
    expect(at('/goods/1')).toBe('/goods/1/description');
    expect(at('/goods/1/price')).toBe('/goods/1/price');
    expect(at('')).toBeNull();
    expect(at('/order')).toBeNull();
    expect(nameOf('/goods/1/price')).toBe('goods.price');
  });

  test('knows where two versions differ, a line that only one of them has included', () => {
    const theirs = { ...withoutLine(form, 2), '/flight': 'BR0018' };
    expect(differing(form, theirs)).toContain('/flight');
    expect(differing(form, theirs)).toContain('/goods/2/description');
    expect(differing(form, form)).toEqual([]);
  });
});

describe('what a broker can do', () => {
  test.each(POA_STATUSES)('with %s follows the state table', (status) => {
    expect([mayAmend({ ...declaration, status }), mayCancel({ ...declaration, status })]).toEqual([
      POA_STATE[status].amend,
      POA_STATE[status].cancel,
    ]);
  });

  test('waits while a change is judged; one that began at Customs is amended there; a purged one is past', () => {
    const proposed = { ...declaration, proposed: { version: 2 } };
    expect([mayAmend(proposed), mayCancel(proposed)]).toEqual([false, false]);
    expect(mayAmend({ ...declaration, order: 'customs-started' })).toBe(false);
    const { goods: _, ...purged } = declaration;
    expect([mayAmend(purged), mayCancel(purged)]).toEqual([false, false]);
  });
});
