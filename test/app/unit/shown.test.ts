import { describe, expect, it } from 'vitest';
import { groupParcels } from '../../../app/src/declaration/grouping.ts';
import { cleanNote } from '../../../app/src/declaration/note.ts';
import { unusual } from '../../../app/src/declaration/unusual.ts';
import { stageOf, viewOf } from '../../../app/src/declaration/view.ts';
import { plainText } from '../../../domain/declaration-schema.ts';
import { POA_STATUSES, type PoaStatus } from '../../../domain/poa-state.ts';

const NOW = Date.parse('2026-11-24T03:00:00+08:00');
const inHours = (hours: number) => new Date(NOW + hours * 3_600_000).toISOString();

const line = { sequence: 1, description: '跑鞋', quantity: '1', unit: 'PR', price: '10.00', currency: 'USD' };
const parcel = (amount: string, boxNumber = 'A1') => ({
  broker: { name: '報關行', boxNumber },
  goods: [line],
  totals: [{ amount, currency: 'USD' }],
});
const answered = (amount: string, boxNumber = 'A1', decision: 'confirmed' | 'declined' = 'confirmed') => ({
  ...parcel(amount, boxNumber),
  answer: { consentId: '', decision, decidedAt: inHours(-1) },
});

describe('what is unusual', () => {
  it('is a broker from whom nothing was ever confirmed; a decline is no acquaintance', () => {
    expect(unusual(parcel('10.00'), [])).toEqual(['new-broker']);
    expect(unusual(parcel('10.00'), [answered('10.00', 'A1', 'declined')])).toEqual(['new-broker']);
    expect(unusual(parcel('10.00'), [answered('10.00')])).toEqual([]);
  });

  it('is an amount of more than twice the highest one confirmed in that currency', () => {
    const earlier = [answered('50.00'), answered('9.00')];
    expect(unusual(parcel('100.00'), earlier)).toEqual([]);
    expect(unusual(parcel('100.01'), earlier)).toEqual(['high-total']);
    const yen = { ...parcel('1'), totals: [{ amount: '999999', currency: 'JPY' }] };
    expect(unusual(yen, earlier), 'the first one is compared with nothing').toEqual([]);
  });

  it('is text that deceives the eye, whoever wrote it', () => {
    const known = [answered('10.00')];
    const odd = 'r\u0443nning';
    expect(unusual({ ...parcel('10.00'), goods: [{ ...line, description: odd }] }, known)).toEqual([
      'odd-characters',
    ]);
    expect(unusual({ ...parcel('10.00'), consignor: { name: odd, country: 'US' } }, known)).toEqual([
      'odd-characters',
    ]);
    expect(unusual({ ...parcel('10.00'), broker: { name: odd, boxNumber: 'A1' } }, known)).toEqual([
      'odd-characters',
    ]);
  });

  it('is not guessed while the history is not known', () => {
    expect(unusual(parcel('10.00'), null)).toEqual([]);
  });
});

describe('the view of one that was not answered', () => {
  it('is open in one status alone: elsewhere nothing can be signed', () => {
    expect(POA_STATUSES.filter((status) => viewOf({ status }) === 'open')).toEqual(['awaiting_importer']);
  });

  it.each<[PoaStatus, string]>([
    ['needs_correction', 'in-correction'],
    ['lodging', 'in-correction'],
    ['expired', 'over'],
    ['cancelled', 'withdrawn'],
    ['reporting', 'settled'],
    ['confirmed', 'settled'],
  ])('%s is %s', (status, view) => {
    expect(viewOf({ status })).toBe(view);
  });
});

describe('the stage of an answer', () => {
  const stage = (status: PoaStatus, customsAcknowledgedAt?: string) =>
    stageOf({
      status,
      answer: { ...answered('1').answer, ...(customsAcknowledgedAt && { customsAcknowledgedAt }) },
    });

  it('is with Customs only when Customs said so', () => {
    expect(stage('awaiting_importer')).toBe('kept');
    expect(stage('reporting')).toBe('on-its-way');
    expect(stage('needs_attention')).toBe('attention');
    expect(stage('confirmed', inHours(0))).toBe('acknowledged');
  });
});

describe('parcels', () => {
  it('of one broker on one flight are together, the most urgent group and parcel first', () => {
    const item = (flight: string, boxNumber: string, hours: number) => ({
      flight,
      broker: { name: '', boxNumber },
      respondBy: inHours(hours),
    });
    const [a, b, c, d] = [item('CI1', 'A', 9), item('BR2', 'A', 5), item('CI1', 'A', 2), item('CI1', 'B', 3)];
    expect(groupParcels([a, b, c, d], NOW).map(({ items }) => items)).toEqual([[c, a], [d], [b]]);
  });
});

describe('a note', () => {
  const accepted = (text: string) => plainText(500).safeParse(cleanNote(text)).success;

  it('is just what the API takes: line breaks are spaces, what cannot be seen goes', () => {
    expect(cleanNote('少一雙\r\n\r\n顏色\t不對')).toBe('少一雙 顏色 不對');
    expect(cleanNote('a\u200bb\u202ec')).toBe('abc');
    expect(cleanNote('❤️')).toBe('❤');
    expect(accepted('少一雙\n\u2066❤️\u2069\ud800')).toBe(true);
  });

  it('of plain text stays as it is, also while it is written', () => {
    for (const text of ['', ' ', 'ㄕㄠˇ', 'two  spaces ', '鞋👟']) expect(cleanNote(text)).toBe(text);
  });
});
