import type { RefObject } from 'preact';
import type { GoodsLine, Money } from '../../../../domain/declaration.ts';
import type { LineChange } from '../../declaration/changes.ts';
import { goodsTotals } from '../../declaration/money.ts';
import { t } from '../../i18n/index.ts';
import { MarkedText, MarksExplained } from './marked-text.tsx';
import { amountOf, priceOf, quantityOf } from './words.ts';

interface GoodsProps {
  goods: readonly GoodsLine[];
  changes?: readonly LineChange[];
  /** Whose children are the lines, in order. */
  list?: RefObject<HTMLOListElement | null>;
}

/** Every line, large enough to be read at night. */
export function Goods({ goods, changes = [], list }: GoodsProps) {
  const changeOf = (line: GoodsLine) =>
    changes.find((change) => change.kind !== 'removed' && change.line === line)?.kind ?? null;
  return (
    <ol class="goods" {...(list && { ref: list })}>
      {goods.map((line) => (
        <Line key={line.sequence} line={line} change={changeOf(line)} />
      ))}
    </ol>
  );
}

function Line({ line, change }: { line: GoodsLine; change: LineChange['kind'] | null }) {
  const { sequence, description, hsCode } = line;
  return (
    <li class="line" id={`line-${sequence}`} tabIndex={-1}>
      <p class="line-head">
        <span class="line-number">
          <span class="visually-hidden">{t('declaration.line', { n: sequence })}</span>
          <span aria-hidden="true">{sequence}</span>
        </span>
        <span class="line-name">
          <MarkedText text={description} />
        </span>
        {(change === 'added' || change === 'changed') && (
          <span class="badge">{t(`changes.badge.${change}`)}</span>
        )}
      </p>
      <MarksExplained text={description} />
      <dl class="line-facts">
        <div>
          <dt>{t('declaration.line.quantity')}</dt>
          <dd>{quantityOf(line)}</dd>
        </div>
        <div>
          <dt>{t('declaration.line.price')}</dt>
          <dd class="amount">{priceOf(line)}</dd>
        </div>
      </dl>
      <span data-end="" />
      {hsCode !== undefined && <p class="muted small">{t('declaration.line.hsCode', { code: hsCode })}</p>}
    </li>
  );
}

interface SumProps {
  goods: readonly GoodsLine[];
  freight?: Money | undefined;
  totals: readonly Money[];
}

/** What it costs, added up: goods, freight, together. */
export function Sum({ goods, freight, totals }: SumProps) {
  return (
    <dl class="sum">
      {freight && (
        <>
          <SumRow name={t('declaration.goods.subtotal')} amounts={goodsTotals(goods)} />
          <SumRow name={t('declaration.freight')} amounts={[freight]} />
        </>
      )}
      <SumRow name={t('declaration.total')} amounts={totals} total />
    </dl>
  );
}

function SumRow({
  name,
  amounts,
  total = false,
}: {
  name: string;
  amounts: readonly Money[];
  total?: boolean;
}) {
  return (
    <div class={total ? 'sum-total' : undefined}>
      <dt>{name}</dt>
      {amounts.map((money) => (
        <dd class="amount" key={money.currency}>
          {amountOf(money)}
        </dd>
      ))}
    </div>
  );
}
