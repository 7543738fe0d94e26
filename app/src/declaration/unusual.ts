/** What makes a declaration worth a second look: said plainly before the answer, and only when it is so. */

import { atMost, sum } from '../../../domain/decimal.ts';
import type { Money } from '../../../domain/declaration.ts';
import type { Declaration } from '../api/types.ts';
import { odditiesOf } from './marks.ts';

export type Unusual = 'new-broker' | 'high-total' | 'odd-characters';

type Compared = Pick<Declaration, 'broker' | 'totals' | 'consignor' | 'goods'>;
type Answered = Compared & Pick<Declaration, 'answer'>;

/** `history`: what the person answered before; null where it is not known, which says nothing. */
export function unusual(declaration: Compared, history: readonly Answered[] | null): Unusual[] {
  const confirmed = history?.filter(({ answer }) => answer?.decision === 'confirmed') ?? null;
  const checks: readonly (readonly [Unusual, boolean])[] = [
    ['new-broker', confirmed !== null && !confirmed.some((earlier) => sameBroker(earlier, declaration))],
    ['high-total', confirmed !== null && declaration.totals.some((total) => isHigh(total, confirmed))],
    ['odd-characters', textsOf(declaration).some((text) => odditiesOf(text).length > 0)],
  ];
  return checks.flatMap(([what, holds]) => (holds ? [what] : []));
}

const sameBroker = (a: Compared, b: Compared) => a.broker.boxNumber === b.broker.boxNumber;

/** More than twice the most that the person ever confirmed in that currency; the first one is compared with nothing. */
function isHigh({ amount, currency }: Money, confirmed: readonly Answered[]): boolean {
  const earlier = confirmed.flatMap(({ totals }) => totals.filter((total) => total.currency === currency));
  return earlier.length > 0 && earlier.every((total) => !atMost(amount, sum([total.amount, total.amount])));
}

/** Everything that somebody wrote freely. */
const textsOf = ({ broker, consignor, goods }: Compared): string[] => [
  broker.name,
  ...(consignor ? [consignor.name] : []),
  ...goods.map(({ description }) => description),
];
