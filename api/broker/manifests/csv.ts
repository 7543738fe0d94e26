/** A manifest in CSV (RFC 4180, UTF-8): rows of one waybill that follow each other are one declaration, a row each line of goods. */
import { pipeline } from 'node:stream/promises';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { CsvError, type Info, type Parser, parse } from 'csv-parse';
import {
  type ColumnMap,
  CSV_MEMBERS,
  type CsvMember,
  type CsvRow,
  contradictions,
  declarationOf,
  memberAt,
  pointerOf,
} from '../../../domain/csv-columns.ts';
import { CSV_MAX_ROWS, GOODS_MAX_LINES, LINE_MAX_BYTES } from '../../../domain/limits.ts';
import { HttpProblem, PROBLEMS, toProblem } from '../../problem.ts';
import type { Asked, Entry } from './receive.ts';
import { Unfit } from './upload.ts';

export interface CsvReading {
  columns: ColumnMap;
  delimiter: string;
}

/** Throws `Unfit` for what is no CSV in UTF-8, or lacks a column that was named: then nothing of it is kept. */
export async function* declarationsOf(
  chunks: AsyncIterable<Buffer>,
  reading: CsvReading,
  askFor: (value: unknown) => Asked,
): AsyncGenerator<Entry> {
  let group: Group | undefined;
  for await (const row of rowsOf(chunks, reading)) {
    if (group && !ofOneWaybill(group.first, row)) {
      yield entryOf(group, reading, askFor);
      group = undefined;
    }
    group ??= { first: row, rows: [], size: 0 };
    group.size += row.raw.length;
    // One more than there may be is enough to be refused.
    if (!isTooLarge(group) && group.rows.length <= GOODS_MAX_LINES) group.rows.push(row);
  }
  if (group) yield entryOf(group, reading, askFor);
}

interface RawRow extends CsvRow {
  raw: string;
  /** It has cells beyond those of the heading: one that holds the delimiter was not quoted, and is cut off. */
  tooWide: boolean;
}

const WAYBILLS = ['masterWaybill', 'houseWaybill'] as const;
const ofOneWaybill = (a: CsvRow, b: CsvRow): boolean =>
  WAYBILLS.every((member) => a.cells.has(member) && a.cells.get(member) === b.cells.get(member));

/** The rows of one declaration; of one that is too large, no more than it may have. */
interface Group {
  first: RawRow;
  rows: RawRow[];
  size: number;
}
const isTooLarge = ({ size }: Group): boolean => size > LINE_MAX_BYTES;

function entryOf(group: Group, { columns }: CsvReading, askFor: (value: unknown) => Asked): Entry {
  const { first, rows } = group;
  return {
    line: first.line,
    bytes: Buffer.from(rows.map(({ raw }) => raw).join('\n')),
    ask: () => {
      try {
        return askFor(agreeing(group));
      } catch (error) {
        throw inColumns(error, columns);
      }
    },
  };
}

function agreeing(group: Group): unknown {
  if (isTooLarge(group)) throw new HttpProblem('body-too-large', PROBLEMS['body-too-large'].remedy);
  const wide = group.rows.find(({ tooWide }) => tooWide);
  if (wide) {
    throw new HttpProblem(
      'malformed-request',
      `Line ${wide.line} has more cells than there are columns: quote those that hold the delimiter.`,
    );
  }
  const errors = contradictions(group.rows).map(({ member, line }) => ({
    pointer: pointerOf(member),
    code: 'contradictory-rows',
    detail: `line ${line} says otherwise than a row of the same waybill before it`,
  }));
  if (errors.length > 0) {
    throw new HttpProblem('validation-failed', PROBLEMS['validation-failed'].remedy, { errors });
  }
  return declarationOf(group.rows);
}

/** The same problem, its pointers followed by the names of the columns: who sends CSV has never seen a pointer. */
function inColumns(error: unknown, columns: ColumnMap): unknown {
  const { code, detail, status, errors } = toProblem(error);
  if (errors.length === 0) return error;
  const named = errors.map((one) => {
    const member = memberAt(one.pointer);
    const from = member && (columns[member] ?? member);
    return typeof from === 'string' ? { ...one, detail: `${one.detail} (column "${from}")` } : one;
  });
  return new HttpProblem(code, detail, { status, errors: named });
}

/** Tiny rows come by the thousand in a chunk: after so many, some 3 ms, other requests have their turn. */
const ROWS_AT_A_TIME = 1_000;

interface Parsed {
  record: string[];
  info: Info;
  raw: string;
}

async function* rowsOf(
  chunks: AsyncIterable<Buffer>,
  { columns, delimiter }: CsvReading,
): AsyncGenerator<RawRow> {
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    raw: true,
    trim: true,
    skip_empty_lines: true,
    // Named, all of them: else the first line's is taken for every line's, and rows that end otherwise run together.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: LINE_MAX_BYTES,
  });
  let heading: Map<CsvMember, Cell> | undefined;
  let width = 0;
  let rows = 0;
  let countedTwice = 0;
  for await (const { record, info, raw } of parsedBy(parser, utf8(chunks))) {
    const breaks = raw.trim().match(/\r?\n/g) ?? [];
    // The parser counts CR and LF within a cell as two lines.
    countedTwice += breaks.filter((lineBreak) => lineBreak.length > 1).length;
    if (!heading) {
      heading = cellsBy(record, columns);
      width = record.length;
      continue;
    }
    const cells = new Map<CsvMember, string>();
    for (const [member, cell] of heading) {
      const text = cell(record);
      if (text) cells.set(member, text);
    }
    if (rows % ROWS_AT_A_TIME === 0) await othersTurn();
    if (++rows > CSV_MAX_ROWS) throw new Unfit(`At most ${CSV_MAX_ROWS} rows; send several manifests.`);
    const tooWide = record.slice(width).some((cell) => cell !== '');
    // Of the line on which the record ends.
    yield { line: info.lines - countedTwice - breaks.length, cells, raw, tooWide };
  }
}

/** The records; a fault of the source or of the parser is thrown once what was read before it is through. */
async function* parsedBy(parser: Parser, bytes: AsyncIterable<Buffer>): AsyncGenerator<Parsed> {
  let fault: unknown;
  const piped = pipeline(bytes, parser).catch((error) => {
    fault = error;
  });
  try {
    for await (const parsed of parser) yield parsed as Parsed;
  } catch (error) {
    fault ??= error;
  }
  await piped;
  if (fault) throw fault instanceof CsvError ? unreadable(fault) : fault;
}

/** Never the parser's own words: they quote what was sent. */
function unreadable({ code, ...where }: CsvError): Unfit {
  const { lines } = where as { lines?: number };
  if (code === 'CSV_MAX_RECORD_SIZE') return new Unfit(`A row is longer than ${LINE_MAX_BYTES / 1024} KiB.`);
  return new Unfit(
    `The CSV cannot be read at line ${lines ?? '?'}: look at its quotation marks. Nothing of it is kept.`,
    'malformed-request',
  );
}

/** The same chunks, once they are known to be UTF-8. */
async function* utf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of chunks) {
      decoder.decode(chunk, { stream: true });
      yield chunk;
    }
    decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Unfit('The file is not UTF-8: save it as "CSV UTF-8".', 'malformed-request');
  }
}

type Cell = (record: readonly string[]) => string | undefined;

/** Where each member is found. Throws `Unfit` when a column that was named is not there, or there twice. */
function cellsBy(heading: readonly string[], columns: ColumnMap): Map<CsvMember, Cell> {
  const cells = new Map<CsvMember, Cell>();
  for (const member of CSV_MEMBERS) {
    const from = columns[member] ?? member;
    if (typeof from !== 'string') {
      cells.set(member, () => from.fixed);
      continue;
    }
    const at = heading.indexOf(from);
    if (at >= 0 && heading.lastIndexOf(from) !== at) throw misses(from, 'is there twice');
    if (at >= 0) cells.set(member, (record) => record[at]);
    else if (columns[member] !== undefined) throw misses(from, 'is not there');
  }
  return cells;
}

const misses = (column: string, how: string) =>
  new Unfit(
    `The first line names the columns, and "${column}" ${how}; see \`columns\` in docs/manifests.md.`,
    'malformed-request',
  );
