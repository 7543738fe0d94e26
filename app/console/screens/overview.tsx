import { usePoll } from '../../src/api/use-poll.ts';
import { useResource } from '../../src/api/use-resource.ts';
import { Link, navigate, useQuery } from '../../src/router.ts';
import { Card } from '../../src/ui/card.tsx';
import { EmptyState } from '../../src/ui/empty-state.tsx';
import { formatDay } from '../../src/ui/format.ts';
import { Loaded } from '../../src/ui/loaded.tsx';
import { at } from '../api.ts';
import { dayFromToday } from '../days.ts';
import { t } from '../i18n/index.ts';
import { declarationsPath, PATHS } from '../paths.ts';
import type { Flight, Flights } from '../types.ts';
import { Counts, countText, sumOf, totalOf } from '../ui/counts.tsx';
import { Page } from '../ui/page.tsx';
import { Select } from '../ui/select.tsx';

const DAYS_BACK = ['2', '7', '21'] as const;
const DAYS_AHEAD = 7;

/** The broker's flights, with how many declarations of each stand where, live. */
export function Overview() {
  const asked = useQuery().get('days');
  const back = DAYS_BACK.find((days) => days === asked) ?? '2';
  const [from, to] = [dayFromToday(-Number(back)), dayFromToday(DAYS_AHEAD)];
  const flights = useResource<Flights>(at(`/flights?from=${from}&to=${to}`));
  usePoll(true, flights.refresh);
  return (
    <Page title={t('overview.title')}>
      <Select
        label={t('overview.days')}
        options={DAYS_BACK.map((value) => ({ value, label: t(`overview.days.${value}`) }))}
        value={back}
        onValue={(days) => navigate(`${PATHS.overview}?days=${days}`, { replace: true })}
      />
      <Loaded resource={flights}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon="inbox" title={t('overview.empty')}>
              <p>{t('overview.empty.body')}</p>
            </EmptyState>
          ) : (
            <>
              <Todo flights={items} />
              <h2>{t('overview.flights')}</h2>
              <div class="columns">
                {items.map((flight) => (
                  <FlightCard key={`${flight.importDate} ${flight.flight}`} flight={flight} />
                ))}
              </div>
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Todo({ flights }: { flights: readonly Flight[] }) {
  const sum = sumOf(flights.map(({ counts }) => counts));
  const { needs_correction: correct = 0, declined = 0 } = sum;
  return (
    <div class="columns">
      <Card title={t('overview.todo')}>
        {correct + declined === 0 && <p>{t('overview.todo.none')}</p>}
        {correct > 0 && (
          <p>
            <Link href={PATHS.corrections}>{t('overview.todo.correct', { n: correct })}</Link>
          </p>
        )}
        {declined > 0 && (
          <p>
            <Link href={declarationsPath({ status: 'declined' })}>
              {t('overview.todo.declined', { n: declined })}
            </Link>
          </p>
        )}
      </Card>
      <Card title={`${t('overview.total')} · ${countText(totalOf(sum))}`}>
        <Counts counts={sum} filter={{}} />
      </Card>
    </div>
  );
}

function FlightCard({ flight: { flight, importDate, counts } }: { flight: Flight }) {
  return (
    <Card>
      <h3>
        <Link href={declarationsPath({ flight, importDate })}>
          {t('overview.flight', { flight, day: formatDay(importDate) })}
        </Link>
      </h3>
      <p class="muted">{countText(totalOf(counts))}</p>
      <Counts counts={counts} filter={{ flight, importDate }} />
    </Card>
  );
}
