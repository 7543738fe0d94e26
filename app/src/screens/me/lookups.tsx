import type { Lookup, LookupList } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Card, Facts } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Screen } from '../../ui/screen.tsx';
import { Time } from '../../ui/time.tsx';

/** Who looked: every one of Customs' look-ups, with the reason that was given. */
export function Lookups() {
  const lookups = useResource<LookupList>('/app/lookups');
  return (
    <Screen title={t('me.lookups.title')} back={PATHS.me}>
      <Loaded resource={lookups}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon="person" title={t('me.lookups.empty')}>
              <p>{t('me.lookups.empty.body')}</p>
            </EmptyState>
          ) : (
            items.map((lookup) => <LookupCard key={`${lookup.at} ${lookup.declarationId}`} lookup={lookup} />)
          )
        }
      </Loaded>
    </Screen>
  );
}

function LookupCard({ lookup: { at, officer, reason, houseWaybill } }: { lookup: Lookup }) {
  return (
    <Card>
      <Facts
        items={[
          [t('me.lookups.at'), <Time at={at} />],
          [t('me.lookups.officer'), officer === undefined ? t('me.lookups.none') : <bdi>{officer}</bdi>],
          [t('me.lookups.reason'), reason === undefined ? t('me.lookups.none') : <bdi>{reason}</bdi>],
          [t('me.lookups.waybill'), <span class="code">{houseWaybill}</span>],
        ]}
      />
    </Card>
  );
}
