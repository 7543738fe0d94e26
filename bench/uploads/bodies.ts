/** Uploads that cost the API most for what they are, good ones and attacks. */
import { MANIFEST_MAX_BYTES, MANIFEST_MAX_LINES } from '../../domain/limits.ts';
import { submission } from '../../test/support/broker-client.ts';
import { NDJSON, ndjson, submissions } from '../../test/support/manifests.ts';

interface Body {
  name: string;
  type: typeof NDJSON | 'text/csv';
  make(): string;
}

const HEADING =
  'masterWaybill,houseWaybill,functionalReference,flight,importDate,importer.name,importer.phone,goods.description,goods.quantity,goods.unit,goods.price,goods.currency,packages,grossMassKg';
const row = (of: number) =>
  `29712345675,H${of},B-${of},CI0006,2026-11-24,王小明,0912-345-678,running shoes,2,PCE,35.50,USD,1,1.850\n`;
const rows = (declarations: number, each: number) =>
  Array.from({ length: declarations * each }, (_, i) => row(Math.floor(i / each))).join('');

const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, 0]));
const goods = submission().goods.flatMap((line) =>
  Array.from({ length: 50 }, (_, i) => ({ ...line, sequence: i + 1, description: 'x'.repeat(200) })),
);

/** As often as it fits. */
const repeated = (text: string) =>
  text.repeat(Math.floor((MANIFEST_MAX_BYTES - 1_024) / Buffer.byteLength(text)));

export const BODIES: readonly Body[] = [
  { name: '10,000 declarations', type: NDJSON, make: () => ndjson(submissions(MANIFEST_MAX_LINES)) },
  {
    name: '700 declarations of 50 lines of goods',
    type: NDJSON,
    make: () => ndjson(submissions(700).map((one) => ({ ...one, goods }))),
  },
  {
    name: 'CSV, 9,900 declarations of 10 rows',
    type: 'text/csv',
    make: () => `${HEADING}\n${rows(9_900, 10)}`,
  },
  {
    name: '10,000 lines of 150 unknown members',
    type: NDJSON,
    make: () => ndjson(Array.from({ length: MANIFEST_MAX_LINES }, () => members(150))),
  },
  { name: 'lines of 20,000 unknown members', type: NDJSON, make: () => repeated(ndjson([members(20_000)])) },
  {
    name: 'lines nested 125,000 deep',
    type: NDJSON,
    make: () => repeated(`${'['.repeat(125_000)}${']'.repeat(125_000)}\n`),
  },
  { name: 'blank lines', type: NDJSON, make: () => repeated('\n') },
  { name: 'CSV, rows of one byte', type: 'text/csv', make: () => repeated('x\n') },
  {
    name: 'CSV, tiny rows of one waybill',
    type: 'text/csv',
    make: () => `masterWaybill,houseWaybill\n${repeated('a,b\n')}`,
  },
  {
    name: 'CSV, rows of 250,000 cells',
    type: 'text/csv',
    make: () => `a\n${repeated(`${','.repeat(250_000)}\n`)}`,
  },
];
