/** Rows as aligned columns for a terminal: times in UTC to the second, nothing for null. */
import type { Row, Sections } from '../../db/operator-view.ts';

export function table(rows: readonly Row[]): string[] {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => rows.some((row) => cell(row[column]) !== ''));
  const lines = [columns, ...rows.map((row) => columns.map((column) => cell(row[column])))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines.map((line) => `  ${line.map((text, i) => text.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
}

/** One row, a line for each of its members. */
export function list(row: Row): string[] {
  const members = Object.entries(row).filter(([, value]) => cell(value) !== '');
  const width = Math.max(...members.map(([name]) => name.length));
  return members.map(([name, value]) => `  ${name.padEnd(width)}  ${cell(value)}`);
}

/** Headings with what stands below them: the first as a list, the others as tables. Those without rows are left out. */
export const told = (sections: Sections): string[] =>
  [...sections].flatMap(([title, rows], index) => {
    const [first] = rows;
    if (!first) return [];
    return [title, ...(index === 0 ? list(first) : table(rows)), ''];
  });

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().replace(/\.\d+Z$/, 'Z');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}
