import type { ComponentChildren } from 'preact';
import { t } from '../../i18n/index.ts';
import { Card, Facts } from '../../ui/card.tsx';
import { Day } from '../../ui/time.tsx';
import type { Detailed } from './contract.ts';
import { Goods, Sum } from './goods.tsx';
import { MarkedText, MarksExplained } from './marked-text.tsx';
import { countryOf, numberOf } from './words.ts';

type Fact = readonly [ComponentChildren, ComponentChildren];

/** Text that others wrote, with what its marks mean. */
export function Foreign({ text }: { text: string }) {
  return (
    <>
      <MarkedText text={text} />
      <MarksExplained text={text} />
    </>
  );
}

export function Broker({ broker }: Pick<Detailed, 'broker'>) {
  return (
    <>
      <Foreign text={broker.name} />
      <span class="muted small block">{t('declaration.boxNumber', { number: broker.boxNumber })}</span>
    </>
  );
}

export function Consignor({ name, country }: { name: string; country: string }) {
  return (
    <>
      <Foreign text={name} />
      <span class="muted small block">{countryOf(country)}</span>
    </>
  );
}

const code = (text: string) => <bdi class="code">{text}</bdi>;

/** Everything that is signed but the lines. */
export function Details({ declaration }: { declaration: Detailed }) {
  const { consignor, declarationNumber, grossVolumeM3 } = declaration;
  const optional = (name: string, value: ComponentChildren): Fact[] =>
    value === undefined ? [] : [[name, value]];
  const items: Fact[] = [
    [t('declaration.broker'), <Broker broker={declaration.broker} />],
    ...optional(t('declaration.consignor'), consignor && <Consignor {...consignor} />),
    [t('declaration.importDate'), <Day day={declaration.importDate} />],
    [t('declaration.flight'), code(declaration.flight)],
    [t('declaration.houseWaybill'), code(declaration.houseWaybill)],
    ...optional(t('declaration.declarationNumber'), declarationNumber && code(declarationNumber)),
    [
      t('declaration.packages'),
      t('declaration.packages.value', { n: numberOf(String(declaration.packages)) }),
    ],
    [
      t('declaration.grossMassKg'),
      t('declaration.grossMassKg.value', { n: numberOf(declaration.grossMassKg) }),
    ],
    ...optional(
      t('declaration.grossVolumeM3'),
      grossVolumeM3 && t('declaration.grossVolumeM3.value', { n: numberOf(grossVolumeM3) }),
    ),
  ];
  return (
    <div class="details">
      <Card title={t('declaration.details')}>
        <Facts items={items} />
      </Card>
    </div>
  );
}

/** The whole declaration, for reading: where nothing is to be answered any more. */
export function WholeDeclaration({ declaration }: { declaration: Detailed }) {
  return (
    <details class="card whole">
      <summary>{t('outcome.details')}</summary>
      <div class="stack">
        <Goods goods={declaration.goods} />
        <Sum {...declaration} />
        <Details declaration={declaration} />
      </div>
    </details>
  );
}
