import type { DutyFree } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Banner } from '../../ui/banner.tsx';
import { Card } from '../../ui/card.tsx';
import { formatDay } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Screen } from '../../ui/screen.tsx';

/** How many duty-free imports this half-year has seen, and the rule. */
export function DutyFreeCounter() {
  const counter = useResource<DutyFree>('/app/duty-free');
  return (
    <Screen title={t('me.duty.title')} back={PATHS.me}>
      <Loaded resource={counter}>{(data) => <Counted counter={data} />}</Loaded>
      <p class="muted">{t('me.duty.rule')}</p>
    </Screen>
  );
}

function Counted({ counter: { from, to, limit, counted, undetermined } }: { counter: DutyFree }) {
  const left = Math.max(0, limit - counted);
  return (
    <>
      <Card>
        <p class="muted small">{t('me.duty.period', { from: formatDay(from), to: formatDay(to) })}</p>
        <p class="big-number">{t('me.duty.count', { n: counted, limit })}</p>
        <p>{left > 0 ? t('me.duty.left', { n: left }) : t('me.duty.over')}</p>
      </Card>
      {undetermined > 0 && <Banner>{t('me.duty.unsure', { n: undetermined })}</Banner>}
    </>
  );
}
