import type { Declaration } from '../api/types.ts';
import { byUrgency } from './time-left.ts';

type Grouped = Pick<Declaration, 'flight' | 'broker' | 'respondBy'>;

/** Parcels of one broker on one flight. */
export interface Group<T> {
  key: string;
  items: T[];
}

/** Most urgent first, the groups by their most urgent one. Each parcel keeps its own answer. */
export function groupParcels<T extends Grouped>(items: readonly T[], now: number): Group<T>[] {
  const groups = new Map<string, Group<T>>();
  for (const item of [...items].sort(byUrgency(now))) {
    const key = `${item.broker.boxNumber} ${item.flight}`;
    const group = groups.get(key) ?? { key, items: [] };
    group.items.push(item);
    groups.set(key, group);
  }
  return [...groups.values()];
}
