/** Manifests in CSV: how rows become declarations, and what is said of those that do not. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CsvReading, declarationsOf } from '../../api/broker/manifests/csv.ts';
import type { Asked } from '../../api/broker/manifests/receive.ts';
import { type ApiWorld, createApiWorld } from '../support/api-world.ts';
import { type BrokerClient, connectBroker, submission } from '../support/broker-client.ts';
import { linesOf, upload } from '../support/manifests.ts';
import { BOX_NUMBER } from '../support/poa-fixtures.ts';

let world: ApiWorld;
let broker: BrokerClient;
beforeAll(async () => {
  world = await createApiWorld();
  broker = await connectBroker(world.url, world.pool, BOX_NUMBER);
});
afterAll(() => world?.close());

/** What the rows say, cut into chunks of `size` bytes on the way. */
async function said(text: string | Buffer, reading: Partial<CsvReading> = {}, size = 7) {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
  }
  const found: [number, unknown][] = [];
  const keep = (value: unknown) => value as Asked;
  const whole = { columns: {}, delimiter: ',', ...reading };
  for await (const { line, ask } of declarationsOf(chunks(), whole, keep)) found.push([line, ask()]);
  return found;
}

const WAYBILLS = 'masterWaybill,houseWaybill';

describe('rows', () => {
  test('of one waybill that follow each other are one declaration; of another, or without one, another', async () => {
    const csv = `${WAYBILLS},goods.description\n1,A,x\n1,A,y\n1,B,z\n,,u\n,,v\n1,A,w`;
    const found = await said(csv);
    expect(found.map(([line]) => line)).toEqual([2, 4, 5, 6, 7]);
    expect(found[0]?.[1]).toEqual({
      masterWaybill: '1',
      houseWaybill: 'A',
      goods: [
        { sequence: 1, description: 'x' },
        { sequence: 2, description: 'y' },
      ],
    });
  });

  test('are numbered as an editor numbers them, blank ones and those within a cell counted', async () => {
    const csv = `\ufeffhouseWaybill,goods.description\r\n\r\nA,"two\r\nlines"\r\n\r\nB,one\r\n`;
    expect((await said(csv)).map(([line]) => line)).toEqual([3, 6]);
  });

  test('end in any way, also each in another: none runs into the next', async () => {
    const csv = 'houseWaybill,goods.description,remark\r\nA,x,1\nB,y,2\r\nC,z,3\rD,u,4';
    expect(
      (await said(csv)).map(([line, value]) => [line, (value as { houseWaybill: string }).houseWaybill]),
    ).toEqual([
      [2, 'A'],
      [3, 'B'],
      [4, 'C'],
      [5, 'D'],
    ]);
  });

  test('with a cell more than there are columns are refused: nothing is cut off unseen; empty ones are no cells', async () => {
    const csv = (row: string) => `houseWaybill,goods.description\n${row}`;
    await expect(said(csv('A,shoes, counterfeit leather'))).rejects.toMatchObject({
      code: 'malformed-request',
      detail: expect.stringContaining('Line 2'),
    });
    expect(await said(csv('A,shoes,,'))).toHaveLength(1);
  });

  test('of one waybill are looked at up to the first that is too many', async () => {
    const [[, value] = []] = await said(`${WAYBILLS},goods.unit\n${'1,A,PCE\n'.repeat(5_000)}`, {}, 4_096);
    expect((value as { goods: unknown[] }).goods).toHaveLength(51);
    await expect(said(`houseWaybill\n${'A\n'.repeat(100_001)}`, {}, 65_536)).rejects.toMatchObject({
      code: 'body-too-large',
    });
  });

  test('hold whole numbers where a declaration does; what is none is left to be refused; empty cells are left out', async () => {
    const csv = 'packages,goods.sequence,version,grossMassKg,flight\n2,3,1,1.5,\n1.0,x,-1,,';
    expect((await said(csv)).map(([, value]) => value)).toEqual([
      { packages: 2, version: 1, grossMassKg: '1.5', goods: [{ sequence: 3 }] },
      { packages: '1.0', version: '-1', goods: [{ sequence: 'x' }] },
    ]);
  });

  test('may hold what was not asked for, and lack what comes last', async () => {
    expect(await said('houseWaybill,internal,flight\nA,secret')).toEqual([
      [2, { houseWaybill: 'A', goods: [{ sequence: 1 }] }],
    ]);
  });

  test('are parted by what the broker says', async () => {
    for (const delimiter of [';', '\t']) {
      const csv = `houseWaybill${delimiter}flight\nA${delimiter}CI0006`;
      expect(await said(csv, { delimiter })).toMatchObject([[2, { houseWaybill: 'A', flight: 'CI0006' }]]);
    }
  });

  test('that contradict each other are told of, by line and column', async () => {
    const csv = `${WAYBILLS},Flug\n1,A,CI0006\n1,A,\n1,A,CI0007`;
    await expect(said(csv, { columns: { flight: 'Flug' } })).rejects.toMatchObject({
      code: 'validation-failed',
      errors: [
        { pointer: '/flight', code: 'contradictory-rows', detail: expect.stringMatching(/line 4 .*"Flug"/) },
      ],
    });
  });
});

describe('refused whole, with what to do', () => {
  test.each([
    ['a column that is not there', { columns: { flight: 'Flug' } }, 'houseWaybill\nA', '"Flug" is not there'],
    ['a column twice', { columns: { flight: 'F' } }, 'F,F\n1,2', '"F" is there twice'],
    ['a quotation mark left open', {}, 'houseWaybill\nA\n"B\n', 'line'],
    ['text after a quotation mark', {}, 'houseWaybill\nA\n"B"C\n', 'line 3'],
    ['what is not UTF-8', {}, Buffer.from('houseWaybill\n\xa4\xa4', 'latin1'), 'CSV UTF-8'],
  ])('%s', async (_what, reading, csv, words) => {
    await expect(said(csv, reading)).rejects.toMatchObject({
      code: 'malformed-request',
      detail: expect.stringContaining(words),
    });
  });

  test('a row that never ends', async () => {
    const endless = `houseWaybill\n"${'x'.repeat(300 * 1024)}`;
    await expect(said(endless, {}, 64 * 1024)).rejects.toMatchObject({ code: 'body-too-large' });
  });
});

test('a declaration of too many rows is rejected alone, and costs no memory', async () => {
  const many = `1,A,${'x'.repeat(1000)}\n`.repeat(600);
  const csv = `${WAYBILLS},goods.description\n${many}1,B,y\n`;
  const { body } = await upload(broker, csv, { type: 'text/csv' });
  const lines = await linesOf(broker, body.manifestId, 'rejected');
  expect(lines.map(({ line, problem }) => [line, problem?.status])).toEqual([
    [2, 413],
    [602, 422],
  ]);
});

describe('an upload', () => {
  const row = (of = submission()) => [of.masterWaybill, of.houseWaybill, '02-2345-6789'].join(',');
  const csv = `MAWB,houseWaybill,電話\n${row()}\n`;
  const path = (columns: object) =>
    `/v1/manifests?${new URLSearchParams({ columns: JSON.stringify(columns) })}`;
  const type = 'text/csv';

  test('tells of a bad cell by pointer and column', async () => {
    const columns = { masterWaybill: 'MAWB', 'importer.phone': '電話', 'importer.name': { fixed: '王小明' } };
    const { body } = await upload(broker, csv, { path: path(columns), type });
    const [line] = await linesOf(broker, body.manifestId);
    const errors = line?.problem?.errors ?? [];
    expect(errors.find(({ pointer }) => pointer === '/importer/phone')?.detail).toMatch(/\(column "電話"\)$/);
    expect(errors.find(({ pointer }) => pointer === '/flight')?.detail).toMatch(/\(column "flight"\)$/);
  });

  test('read otherwise is another request under the same key', async () => {
    const key = randomUUID();
    expect((await upload(broker, csv, { path: path({ masterWaybill: 'MAWB' }), type, key })).status).toBe(
      202,
    );
    expect((await upload(broker, csv, { path: path({ masterWaybill: 'MAWB' }), type, key })).status).toBe(
      202,
    );
    expect((await upload(broker, csv, { type, key })).status).toBe(409);
  });

  test('that cannot be read keeps nothing, and its key is free', async () => {
    const key = randomUUID();
    const { status, body } = await upload(broker, `${csv}"open`, { type, key });
    expect([status, body.type]).toEqual([400, '/problems/malformed-request']);
    expect((await upload(broker, csv, { type, key })).status).toBe(202);
  });

  test.each([
    ['columns=%7B', 'text/csv'],
    ['columns=%7B%22owner%22%3A%22x%22%7D', 'text/csv'],
    ['columns=%7B%22flight%22%3A1%7D', 'text/csv'],
    ['delimiter=x', 'text/csv'],
    ['delimiter=%3B', 'application/x-ndjson'],
  ])('?%s of %s is malformed', async (query, mediaType) => {
    const { status } = await upload(broker, csv, { path: `/v1/manifests?${query}`, type: mediaType });
    expect(status).toBe(400);
  });
});
