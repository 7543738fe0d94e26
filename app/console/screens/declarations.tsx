import { useState } from 'preact/hooks';
import { POA_STATUSES, type PoaStatus } from '../../../domain/poa-state.ts';
import { usePoll } from '../../src/api/use-poll.ts';
import { useResource } from '../../src/api/use-resource.ts';
import { navigate, useQuery } from '../../src/router.ts';
import { Button } from '../../src/ui/button.tsx';
import { EmptyState } from '../../src/ui/empty-state.tsx';
import { DateField, Field } from '../../src/ui/field.tsx';
import { Loaded } from '../../src/ui/loaded.tsx';
import { at } from '../api.ts';
import { t } from '../i18n/index.ts';
import { declarationsPath, PATHS } from '../paths.ts';
import type { DeclarationList } from '../types.ts';
import { DeclarationRows } from '../ui/declaration-rows.tsx';
import { Page } from '../ui/page.tsx';
import { Pager } from '../ui/pager.tsx';
import { Select } from '../ui/select.tsx';

const FILTERS = ['search', 'status', 'importDate', 'flight'] as const;
const PAGE = '25';

/** The broker's declarations, newest first, by whatever is known of them. */
export function Declarations() {
  const query = useQuery();
  const filter = Object.fromEntries(
    FILTERS.flatMap((name) => (query.get(name) ? [[name, query.get(name) ?? '']] : [])),
  );
  const cursor = query.get('cursor');
  const asked = new URLSearchParams({ ...filter, limit: PAGE, ...(cursor !== null && { cursor }) });
  const list = useResource<DeclarationList>(at(`/declarations?${asked}`));
  usePoll(true, list.refresh);
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <Page title={t('list.title')}>
      <Filter key={JSON.stringify(filter)} filter={filter} />
      <Loaded resource={list}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? (
              <EmptyState icon="inbox" title={t(isFiltered ? 'list.none' : 'list.empty')}>
                <p>{t(isFiltered ? 'list.none.body' : 'list.empty.body')}</p>
              </EmptyState>
            ) : (
              <DeclarationRows items={items} />
            )}
            <Pager nextCursor={nextCursor} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

type Values = Readonly<Record<string, string>>;

function Filter({ filter }: { filter: Values }) {
  const [values, setValues] = useState(filter);
  const field = (name: (typeof FILTERS)[number]) => ({
    value: values[name] ?? '',
    onValue: (value: string) => setValues((before) => ({ ...before, [name]: value })),
  });
  const find = (event: Event) => {
    event.preventDefault();
    const given = Object.entries(values).map(([name, value]) => [name, value.trim()]);
    navigate(declarationsPath(Object.fromEntries(given.filter(([, value]) => value))));
  };
  return (
    <search>
      <form class="filter" onSubmit={find}>
        <Field
          label={t('list.search')}
          hint={t('list.search.hint')}
          autoComplete="off"
          {...field('search')}
        />
        <Select<PoaStatus | ''>
          label={t('list.status')}
          options={[
            { value: '', label: t('list.status.any') },
            ...POA_STATUSES.map((value) => ({ value, label: t(`status.${value}`) })),
          ]}
          value={(values.status ?? '') as PoaStatus | ''}
          onValue={field('status').onValue}
        />
        <DateField label={t('list.importDate')} {...field('importDate')} />
        <Field label={t('list.flight')} autoComplete="off" autoCapitalize="characters" {...field('flight')} />
        <div class="filter-buttons">
          <Button type="submit">{t('list.find')}</Button>
          {Object.keys(filter).length > 0 && (
            <Button kind="quiet" onClick={() => navigate(PATHS.declarations)}>
              {t('list.clear')}
            </Button>
          )}
        </div>
      </form>
    </search>
  );
}
