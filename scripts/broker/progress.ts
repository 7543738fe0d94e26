import type { Manifest } from '../../clients/typescript/index.ts';

const WIDTH = 30;

/** A bar of some share, 0 to 1. */
export function bar(share: number): string {
  const shown = Math.min(1, Math.max(0, share));
  const full = Math.round(shown * WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${String(Math.round(shown * 100)).padStart(3)} %`;
}

/** How a manifest stands, on a line. */
export function counts({ status, lines, declarations }: Manifest): string {
  const stand = Object.entries(declarations).map(([of, count]) => `${count} ${of}`);
  const { total, waiting, accepted, rejected } = lines;
  const told = `${status}: ${accepted} accepted, ${rejected} rejected, ${waiting} waiting, of ${total}`;
  return stand.length > 0 ? `${told} (${stand.join(', ')})` : told;
}

export const shareOf = ({ lines: { total, waiting } }: Manifest): number =>
  total === 0 ? 0 : (total - waiting) / total;
