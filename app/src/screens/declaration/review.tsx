import { useMemo, useRef } from 'preact/hooks';
import type { Notice } from '../../api/types.ts';
import { groupChanges } from '../../declaration/changes.ts';
import type { Unusual } from '../../declaration/unusual.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Banner } from '../../ui/banner.tsx';
import { Screen } from '../../ui/screen.tsx';
import { type Able, AnswerActions } from './answer-actions.tsx';
import { AnswerBanner } from './answer-banner.tsx';
import { Changed } from './changed.tsx';
import type { Detailed } from './contract.ts';
import { Details } from './details.tsx';
import { Goods, Sum } from './goods.tsx';
import { MarkedText } from './marked-text.tsx';
import { NoticeText } from './notice-text.tsx';
import { Deadline } from './time-left.tsx';
import type { Answering } from './use-answer.ts';
import { useSeen } from './use-seen.ts';
import { amountOf, totalsOf } from './words.ts';

interface ReviewProps {
  declaration: Detailed;
  answering: Answering;
  notice: Notice | null;
  able: Able;
  unusual: readonly Unusual[];
  /** It was changed while the person was looking at it. */
  fresh: boolean;
  /** It could not be loaded anew, and may have changed. */
  stale: boolean;
  reload: () => void;
}

/** One declaration to be read, and its three answers. Confirming comes after the last line. */
export function Review({ declaration, answering, notice, able, unusual, fresh, stale, reload }: ReviewProps) {
  const { goods, freight, totals, respondBy, changes: told } = declaration;
  const list = useRef<HTMLOListElement>(null);
  const seen = useSeen(list, goods.length);
  const changes = useMemo(() => (told ? groupChanges(declaration, told.items) : null), [declaration, told]);
  const changed = changes !== null && changes.lines.length + changes.fields.length > 0;
  return (
    <Screen
      title={t('declaration.title')}
      back={PATHS.inbox}
      actions={<AnswerActions {...{ declaration, answering, notice, able, seen, reload }} />}
    >
      <Deadline respondBy={respondBy} onOver={reload} />
      {fresh && answering.state.at === 'reading' && answering.state.again === null && (
        <Banner kind="warn" title={t('fresh.title')} alert>
          {t('fresh.body')}
        </Banner>
      )}
      {stale && <Banner kind="warn">{t('state.stale')}</Banner>}
      <AnswerBanner answering={answering} reload={reload} />
      <p class="lead">
        <Intro name={declaration.broker.name} />
      </p>
      <UnusualBanner what={changed ? ['changed', ...unusual] : unusual} />
      <section class="card total" aria-label={t('declaration.total')}>
        <p class="muted small">
          {t('declaration.total')} · {t('declaration.total.items', { n: goods.length })}
          {freight && ` · ${t('declaration.total.freight', { amount: amountOf(freight) })}`}
        </p>
        <p class="total-amount">{totalsOf(totals)}</p>
      </section>
      {told && changes && changed && <Changed since={told.since} changes={changes} />}
      <section class="stack" aria-labelledby="goods">
        <h2 id="goods">{t('declaration.goods')}</h2>
        <Goods goods={goods} list={list} {...(changes && { changes: changes.lines })} />
        <Sum goods={goods} freight={freight} totals={totals} />
      </section>
      <Details declaration={declaration} />
      <NoticeText notice={notice} />
    </Screen>
  );
}

/** The sentence with the broker's name in it, the name marked as what it is: somebody else's text. */
function Intro({ name }: { name: string }) {
  const [before, after] = t('declaration.intro', { broker: '\u0000' }).split('\u0000');
  return (
    <>
      {before}
      <MarkedText text={name} />
      {after}
    </>
  );
}

function UnusualBanner({ what }: { what: readonly (Unusual | 'changed')[] }) {
  if (what.length === 0) return null;
  return (
    <Banner kind="warn" title={t('unusual.title')}>
      <ul class="plain-list">
        {what.map((one) => (
          <li key={one}>{t(`unusual.${one}`)}</li>
        ))}
      </ul>
    </Banner>
  );
}
