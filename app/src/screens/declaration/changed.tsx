import type { ComponentChildren } from 'preact';
import type { GoodsLine, Money } from '../../../../domain/declaration.ts';
import type { Changes, FieldChange, LineChange, LineMember } from '../../declaration/changes.ts';
import { t } from '../../i18n/index.ts';
import { Card } from '../../ui/card.tsx';
import { formatDay } from '../../ui/format.ts';
import { Consignor, Foreign } from './details.tsx';
import { amountOf, numberOf, priceOf, quantityOf } from './words.ts';

/** What is different from the version that the person saw before: before → after, in their words. */
export function Changed({ since, changes }: { since: number; changes: Changes }) {
  return (
    <Card title={t('changes.title', { since })}>
      <ul class="changes">
        {changes.lines.map((change) => (
          <li key={`${change.kind}-${change.line.sequence}`}>
            <LineChanged change={change} />
          </li>
        ))}
        {changes.fields.map((change) => (
          <li key={change.field}>
            <strong>{t(`declaration.${change.field}`)}</strong>
            <BeforeAfter
              before={fieldValue(change, change.before)}
              after={fieldValue(change, change.after)}
            />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function LineChanged({ change }: { change: LineChange }) {
  const { kind, line } = change;
  return (
    <>
      <strong>{t(`changes.line.${kind}`, { n: line.sequence })}</strong>
      {kind === 'changed' ? (
        rowsOf(change.members).map((row) => (
          <div key={row}>
            <span class="muted small">{t(`changes.${row}`)}</span>
            <BeforeAfter before={lineValue(row, change.before)} after={lineValue(row, line)} />
          </div>
        ))
      ) : (
        <p class={kind === 'removed' ? 'struck' : undefined}>
          <Foreign text={line.description} />
          <span class="block">
            {quantityOf(line)} · {priceOf(line)}
          </span>
        </p>
      )}
    </>
  );
}

type Row = 'description' | 'quantity' | 'price' | 'hsCode';
const ROW_OF: Readonly<Record<LineMember, Row>> = {
  description: 'description',
  quantity: 'quantity',
  unit: 'quantity',
  price: 'price',
  currency: 'price',
  hsCode: 'hsCode',
};

/** A quantity without its unit says nothing, nor an amount without its currency. */
const rowsOf = (members: readonly LineMember[]): Row[] => [
  ...new Set(members.map((member) => ROW_OF[member])),
];

function lineValue(row: Row, line: GoodsLine): ComponentChildren {
  switch (row) {
    case 'description':
      return <Foreign text={line.description} />;
    case 'quantity':
      return quantityOf(line);
    case 'price':
      return priceOf(line);
    case 'hsCode':
      return line.hsCode;
  }
}

function fieldValue({ field }: FieldChange, value: unknown): ComponentChildren {
  if (value === undefined || value === null) return undefined;
  switch (field) {
    case 'freight':
      return amountOf(value as Money);
    case 'consignor':
      return <Consignor {...(value as { name: string; country: string })} />;
    case 'importer':
      return <Foreign text={(value as { name?: string }).name ?? ''} />;
    case 'importDate':
      return formatDay(String(value));
    case 'packages':
    case 'grossMassKg':
    case 'grossVolumeM3':
      return t(`declaration.${field}.value`, { n: numberOf(String(value)) });
    default:
      return <bdi class="code">{String(value)}</bdi>;
  }
}

function BeforeAfter({ before, after }: { before: ComponentChildren; after: ComponentChildren }) {
  return (
    <dl class="before-after">
      <div>
        <dt>{t('changes.before')}</dt>
        <dd class="was">{before ?? t('changes.none')}</dd>
      </div>
      <div>
        <dt>{t('changes.after')}</dt>
        <dd>{after ?? t('changes.none')}</dd>
      </div>
    </dl>
  );
}
