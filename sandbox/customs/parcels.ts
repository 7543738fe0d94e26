/** Sample parcels that a broker lodges past Consentry, for people who try the sandbox. All of it is invented. */
import { randomBytes } from 'node:crypto';
import type { Words } from '../pages/html.ts';
import type { SentDeclaration } from './declarations.ts';
import { sentDeclarationSchema } from './schemas.ts';
import type { Context } from './state.ts';

interface Line {
  description: string;
  quantity: string;
  unit: string;
  price: string;
  currency: string;
}

interface Sample {
  title: Words;
  consignor: { name: string; country: string };
  goods: readonly Line[];
  freight?: { amount: string; currency: string };
  grossMassKg: string;
}

const line = (
  description: string,
  quantity: string,
  price: string,
  currency = 'USD',
  unit = 'PCE',
): Line => ({
  description,
  quantity,
  unit,
  price,
  currency,
});

const TWELVE = [
  '鉛筆',
  '筆記本',
  '橡皮擦',
  '色紙',
  '剪刀',
  '膠水',
  '尺',
  '圓規',
  '水彩',
  '畫筆',
  '調色盤',
  '書包',
];

export const SAMPLES: Readonly<Record<string, Sample>> = {
  shoes: {
    title: ['一雙跑鞋', 'a pair of running shoes'],
    consignor: { name: 'Acme Sports Inc.', country: 'US' },
    goods: [line('running shoes 跑鞋', '1', '35.50', 'USD', 'PR')],
    freight: { amount: '12.00', currency: 'USD' },
    grossMassKg: '1.25',
  },
  odd: {
    title: ['奇怪的字元（形似字、由右至左、HTML）', 'odd characters (look-alikes, right-to-left, HTML)'],
    consignor: { name: 'Асme Ѕtоre', country: 'RU' },
    goods: [
      // The first letter, and others, are Cyrillic.
      line('Аррlе іPhоnе саsе', '1', '20.00'),
      line('<img src=x onerror="alert(1)"><b>免費</b> &amp;', '2', '1.50'),
      line('حقيبة يد שעון', '1', '99.00'),
      line('１００％ cotton Ｔ‑ｓｈｉｒｔ a̴̡', '3', '1200', 'JPY'),
    ],
    grossMassKg: '0.8',
  },
  long: {
    title: ['十二項文具', 'stationery in twelve lines'],
    consignor: { name: 'Pencil & Paper GmbH', country: 'DE' },
    goods: TWELVE.map((description, index) => line(description, String(index + 1), `${index + 1}.20`, 'EUR')),
    freight: { amount: '18.00', currency: 'EUR' },
    grossMassKg: '4.6',
  },
  expensive: {
    title: ['一只昂貴的手錶', 'an expensive watch'],
    consignor: { name: 'Horloger SA', country: 'CH' },
    goods: [line('mechanical watch 機械錶', '1', '12800.00', 'CHF')],
    freight: { amount: '60.00', currency: 'CHF' },
    grossMassKg: '0.6',
  },
};

/** The sample as a declaration, with waybills of its own, and imported today in Taiwan. */
export function parcel(sample: Sample, importer: { name: string; phone: string }, brokerBoxNumber: string) {
  const { title: _, goods, ...rest } = sample;
  const serial = randomBytes(5).toString('hex').toUpperCase();
  return {
    brokerBoxNumber,
    functionalReference: `S-${serial}`,
    masterWaybill: '29712345675',
    houseWaybill: `SBX${serial}`,
    flight: 'CI0006',
    importDate: new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Taipei' }),
    importer,
    ...rest,
    goods: goods.map((good, index) => ({ sequence: index + 1, ...good })),
    packages: 1,
  };
}

/** The same declaration with one more of its first line, for twice the price. */
export function amended({ lodgedAt: _, version: __, ...context }: Context): SentDeclaration {
  const declaration = sentDeclarationSchema.parse(context);
  const goods = declaration.goods.map((good, index) =>
    index === 0 ? { ...good, quantity: String(Number(good.quantity) + 1), price: doubled(good.price) } : good,
  );
  return { ...declaration, goods };
}

/** Twice a decimal, with as many decimals. */
function doubled(decimal: string): string {
  const decimals = decimal.split('.')[1]?.length ?? 0;
  const digits = String(BigInt(decimal.replace('.', '')) * 2n).padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
