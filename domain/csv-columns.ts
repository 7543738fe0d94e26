/** Members of a declaration as columns of a table: where a broker has nothing but CSV. A row is one line of goods. */

/** Of the declaration; in the rows of one declaration they say the same, or nothing. */
const SHARED_MEMBERS = [
  'declarationId',
  'version',
  'order',
  'declarationNumber',
  'functionalReference',
  'masterWaybill',
  'houseWaybill',
  'flight',
  'importDate',
  'importer.name',
  'importer.phone',
  'consignor.name',
  'consignor.country',
  'freight.amount',
  'freight.currency',
  'packages',
  'grossMassKg',
  'grossVolumeM3',
  'respondBy',
] as const;

/** Of one line of goods. */
const GOODS_MEMBERS = [
  'goods.sequence',
  'goods.description',
  'goods.hsCode',
  'goods.quantity',
  'goods.unit',
  'goods.price',
  'goods.currency',
] as const;

export const CSV_MEMBERS = [...SHARED_MEMBERS, ...GOODS_MEMBERS] as const;
export type CsvMember = (typeof CSV_MEMBERS)[number];

/** Where a member comes from: a column by its heading, or the same for all. Left out: the column with the member's name. */
export type ColumnMap = Partial<Record<CsvMember, string | { fixed: string }>>;

/** What one row says, and on which line of the file it begins. Empty cells are left out. */
export interface CsvRow {
  line: number;
  cells: ReadonlyMap<CsvMember, string>;
}

export interface Contradiction {
  member: CsvMember;
  line: number;
}

const COUNTS: ReadonlySet<CsvMember> = new Set(['version', 'packages', 'goods.sequence']);

/** Whole numbers where a declaration has such; anything else stays as it is, for the schema to refuse. */
const ofMember = (member: CsvMember, text: string): unknown =>
  COUNTS.has(member) && /^\d{1,9}$/.test(text) ? Number(text) : text;

/** A declaration of its rows; lines of goods without a `sequence` are counted. Unchecked: the schema's to judge. */
export function declarationOf(rows: readonly CsvRow[]): Record<string, unknown> {
  const declaration: Record<string, unknown> = {};
  for (const member of SHARED_MEMBERS) {
    const said = rows.find(({ cells }) => cells.has(member))?.cells.get(member);
    if (said !== undefined) put(declaration, member, ofMember(member, said));
  }
  declaration.goods = rows.map(({ cells }, i) => goodsOf(cells, i + 1));
  return declaration;
}

function goodsOf(cells: CsvRow['cells'], sequence: number): Record<string, unknown> {
  const line: { goods: Record<string, unknown> } = { goods: { sequence } };
  for (const member of GOODS_MEMBERS) {
    const said = cells.get(member);
    if (said !== undefined) put(line, member, ofMember(member, said));
  }
  return line.goods;
}

/** At most two deep. */
function put(into: Record<string, unknown>, member: CsvMember, value: unknown): void {
  const [first = '', second] = member.split('.');
  if (second === undefined) into[first] = value;
  else into[first] = { ...(into[first] as object | undefined), [second]: value };
}

/** Rows that say otherwise of the whole declaration than one before them. */
export function contradictions(rows: readonly CsvRow[]): Contradiction[] {
  const said = new Map<CsvMember, string>();
  return rows.flatMap(({ line, cells }) =>
    SHARED_MEMBERS.filter((member) => {
      const text = cells.get(member);
      if (text === undefined) return false;
      const before = said.get(member);
      if (before === undefined) said.set(member, text);
      return before !== undefined && before !== text;
    }).map((member) => ({ member, line })),
  );
}

/** The JSON Pointer's member: `/goods/0/price` is `goods.price`. Undefined: no column's. */
export function memberAt(pointer: string): CsvMember | undefined {
  const name = pointer.slice(1).replace(/\/\d+/, '').replaceAll('/', '.');
  return CSV_MEMBERS.find((member) => member === name);
}

/** Where the member is in a declaration; `/goods/…` of its first line. */
export const pointerOf = (member: CsvMember): string =>
  `/${member.replace(/^goods\./, 'goods.0.').replaceAll('.', '/')}`;
