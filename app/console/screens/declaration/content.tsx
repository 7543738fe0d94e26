import type { GoodsLine } from '../../../../domain/declaration.ts';
import { Card, Facts } from '../../../src/ui/card.tsx';
import { Day, Time } from '../../../src/ui/time.tsx';
import { t } from '../../i18n/index.ts';
import { fieldName } from '../../remedy.ts';
import type { Declaration } from '../../types.ts';
import { amountOf, quantityOf } from '../../words.ts';

type Item = readonly [string, preact.ComponentChildren];

/** What is declared, as the broker wrote it. */
export function Content({ declaration }: { declaration: Declaration }) {
  const { goods, declarationNumber, order, createdAt } = declaration;
  const process: Item[] = [
    ...(declarationNumber === undefined
      ? []
      : [[t('declaration.declarationNumber'), declarationNumber] as const]),
    [t('declaration.order'), t(`order.${order}`)],
    [t('declaration.created'), <Time key="created" at={createdAt} />],
  ];
  return (
    <Card title={t('declaration.content')}>
      {goods === undefined && <p>{t('declaration.purged')}</p>}
      <Facts items={[...itemsOf(declaration), ...process]} />
      {goods && (
        <ol class="goods-lines">
          {goods.map((line) => (
            <Line key={line.sequence} line={line} />
          ))}
        </ol>
      )}
    </Card>
  );
}

function itemsOf(declaration: Declaration): Item[] {
  const { houseWaybill, masterWaybill, functionalReference, flight, importDate } = declaration;
  const { importer, consignor, freight, packages, grossMassKg, grossVolumeM3 } = declaration;
  const items: [string, preact.ComponentChildren | undefined][] = [
    ['/houseWaybill', houseWaybill],
    ['/masterWaybill', masterWaybill],
    ['/functionalReference', functionalReference],
    ['/flight', flight],
    ['/importDate', importDate && <Day key="day" day={importDate} />],
    ['/importer/name', importer?.name],
    ['/importer/phone', importer?.phone],
    ['/consignor/name', consignor && `${consignor.name} (${consignor.country})`],
    ['/packages', packages],
    ['/grossMassKg', grossMassKg],
    ['/grossVolumeM3', grossVolumeM3],
    ['/freight/amount', freight && amountOf(freight)],
  ];
  return items
    .filter(([, value]) => value !== undefined)
    .map(([pointer, value]) => [
      fieldName(pointer),
      <span key={pointer} class="foreign">
        {value}
      </span>,
    ]);
}

function Line({ line }: { line: GoodsLine }) {
  const { sequence, description, price, currency, hsCode } = line;
  const facts = { quantity: quantityOf(line), price: amountOf({ amount: price, currency }) };
  return (
    <li>
      <p class="foreign">{t('declaration.line', { n: sequence, description })}</p>
      <p class="muted amount">
        {t('declaration.line.facts', facts)}
        {hsCode !== undefined && <> · {hsCode}</>}
      </p>
    </li>
  );
}
