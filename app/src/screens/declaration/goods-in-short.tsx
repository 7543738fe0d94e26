import type { Declaration } from '../../api/types.ts';
import { t } from '../../i18n/index.ts';
import { MarkedText } from './marked-text.tsx';
import { goodsInShort } from './words.ts';

/** The first of the goods, and how many there are. */
export function GoodsInShort({ declaration }: { declaration: Pick<Declaration, 'goods'> }) {
  const { first, n } = goodsInShort(declaration);
  return (
    <>
      <span class="goods-first">
        <MarkedText text={first} />
      </span>
      {n > 1 && <span class="goods-count">{t('declaration.total.items', { n })}</span>}
    </>
  );
}
