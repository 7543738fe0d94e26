import type { Declaration } from '../../api/types.ts';
import { Link } from '../../router.ts';
import { GoodsInShort } from '../declaration/goods-in-short.tsx';
import { MarkedText } from '../declaration/marked-text.tsx';
import { TimeLeft } from '../declaration/time-left.tsx';
import { totalsOf } from '../declaration/words.ts';

/** One parcel in a few words: what, for how much, by whom, and how long there is time. */
export function ParcelCard({ declaration, onOver }: { declaration: Declaration; onOver: () => void }) {
  const { declarationId, broker, respondBy, totals } = declaration;
  return (
    <Link href={`/d/${declarationId}`} class="card parcel">
      <TimeLeft respondBy={respondBy} onOver={onOver} />
      <strong class="parcel-goods">
        <GoodsInShort declaration={declaration} />
      </strong>
      <span class="parcel-total">{totalsOf(totals)}</span>
      <span class="muted">
        <MarkedText text={broker.name} />
      </span>
      <span class="chevron" aria-hidden="true" />
    </Link>
  );
}
