import { POA_STATUSES, type PoaStatus } from '../../../domain/poa-state.ts';
import { Link } from '../../src/router.ts';
import { t } from '../i18n/index.ts';
import { declarationsPath } from '../paths.ts';
import { Status } from './status.tsx';

export type CountsByStatus = Partial<Record<PoaStatus, number>>;

export const totalOf = (counts: CountsByStatus): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** How many stand where, each leading to those where a filter finds them; in the order of the process. */
export function Counts({
  counts,
  filter,
}: {
  counts: CountsByStatus;
  filter?: Readonly<Record<string, string>>;
}) {
  return (
    <ul class="counts">
      {POA_STATUSES.filter((status) => counts[status]).map((status) => (
        <li key={status}>
          {filter ? (
            <Link href={declarationsPath({ ...filter, status })}>
              <Status status={status} /> <strong class="amount">{counts[status]}</strong>
            </Link>
          ) : (
            <>
              <Status status={status} /> <strong class="amount">{counts[status]}</strong>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Of several, added up. */
export function sumOf(all: readonly CountsByStatus[]): CountsByStatus {
  const sum: CountsByStatus = {};
  for (const counts of all)
    for (const status of POA_STATUSES) {
      const count = counts[status];
      if (count) sum[status] = (sum[status] ?? 0) + count;
    }
  return sum;
}

/** What `Counts` says in words, for a heading. */
export const countText = (n: number): string => t('overview.count', { n });
