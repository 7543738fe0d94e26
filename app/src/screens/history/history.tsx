import { useState } from 'preact/hooks';
import { useLive } from '../../api/events.ts';
import type { Declaration, DeclarationList } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { stageOf } from '../../declaration/view.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Link, navigate, useQuery } from '../../router.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { DateField, Field } from '../../ui/field.tsx';
import { formatMoment } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Screen } from '../../ui/screen.tsx';
import { GoodsInShort } from '../declaration/goods-in-short.tsx';
import { totalsOf } from '../declaration/words.ts';

const FILTERS = ['from', 'to', 'waybill'] as const;

/** What this person answered, newest first, and whether Customs has it. */
export function History() {
  const filter = new URLSearchParams([...useQuery()].filter(([name]) => FILTERS.some((one) => one === name)));
  const query = filter.size > 0 ? `?${filter}` : '';
  const history = useResource<DeclarationList>(`/app/history${query}`);
  useLive(history.reload);
  return (
    <Screen title={t('history.title')} tabs language>
      <Filter key={query} filter={filter} />
      <Loaded resource={history}>
        {({ items }) =>
          items.length === 0 ? <Nothing filtered={query !== ''} /> : <Answers items={items} />
        }
      </Loaded>
    </Screen>
  );
}

function Answers({ items }: { items: readonly Declaration[] }) {
  return (
    <>
      <p class="muted">{t('history.count', { n: items.length })}</p>
      <ul class="cards">
        {items.map((item) => (
          <li key={`${item.declarationId}-${item.version}`}>
            <AnswerCard declaration={item} />
          </li>
        ))}
      </ul>
    </>
  );
}

function AnswerCard({ declaration }: { declaration: Declaration }) {
  const { declarationId, answer, totals } = declaration;
  if (!answer) return null;
  const stage = stageOf(declaration);
  return (
    <Link href={`/history/${declarationId}`} class="card parcel">
      <strong class={`answered answered-${answer.decision}`}>{t(`choice.${answer.decision}`)}</strong>
      <span class="parcel-goods">
        <GoodsInShort declaration={declaration} />
      </span>
      <span class="parcel-total">{totalsOf(totals)}</span>
      <span class="muted small">{t('history.answered', { moment: formatMoment(answer.decidedAt) })}</span>
      <span class="stage small">
        <Icon name={stage === 'acknowledged' ? 'check' : 'history'} />
        {t(`stage.${stage}`)}
      </span>
      <span class="chevron" aria-hidden="true" />
    </Link>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  const kind = filtered ? 'none' : 'empty';
  return (
    <EmptyState icon="history" title={t(`history.${kind}.title`)}>
      <p>{t(`history.${kind}.body`)}</p>
    </EmptyState>
  );
}

/** By days and by waybill; kept in the address, so that going back finds it again. */
function Filter({ filter }: { filter: URLSearchParams }) {
  const [values, setValues] = useState(() =>
    Object.fromEntries(FILTERS.map((name) => [name, filter.get(name) ?? ''])),
  );
  const { from = '', to = '' } = values;
  const wrong = from !== '' && to !== '' && to < from;
  const set = (name: string) => (value: string) => setValues({ ...values, [name]: value });
  const search = (event: Event) => {
    event.preventDefault();
    if (wrong) return;
    const given = Object.entries(values).filter(([, value]) => value.trim() !== '');
    const query = new URLSearchParams(given.map(([name, value]) => [name, value.trim()]));
    navigate(query.size > 0 ? `${PATHS.history}?${query}` : PATHS.history);
  };
  return (
    <details class="card whole" open={filter.size > 0}>
      <summary>{t('history.filter')}</summary>
      <form class="stack" onSubmit={search}>
        <div class="side-by-side">
          <DateField label={t('history.from')} value={from} onValue={set('from')} />
          <DateField
            label={t('history.to')}
            value={to}
            onValue={set('to')}
            error={wrong ? t('history.range.wrong') : undefined}
          />
        </div>
        <Field
          label={t('history.waybill')}
          value={values.waybill ?? ''}
          onValue={set('waybill')}
          autoCapitalize="characters"
          autoComplete="off"
          spellcheck={false}
          maxLength={35}
        />
        <Button kind="secondary" type="submit">
          {t('history.search')}
        </Button>
        {filter.size > 0 && (
          <Button kind="quiet" onClick={() => navigate(PATHS.history)}>
            {t('history.clear')}
          </Button>
        )}
      </form>
    </details>
  );
}
