import { useLive } from '../../api/events.ts';
import type { Declaration, DeclarationList, Identity } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { type Group, groupParcels } from '../../declaration/grouping.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { Banner } from '../../ui/banner.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Screen } from '../../ui/screen.tsx';
import { MarkedText } from '../declaration/marked-text.tsx';
import { VerifyAgain } from '../registration/verify-again.tsx';
import { ParcelCard } from './parcel-card.tsx';
import { PushNudge } from './push-nudge.tsx';
import { UnsentAnswers } from './unsent-answers.tsx';

/** What waits for this person, the most urgent first. It is live, and needs no push for that. */
export function Inbox() {
  const inbox = useResource<DeclarationList>('/app/inbox');
  const identity = useResource<Identity>('/app/identity');
  useLive(() => {
    inbox.reload();
    identity.reload();
  });
  return (
    <Screen title={t('inbox.title')} tabs language>
      {identity.state === 'ready' && <IdentityBanner identity={identity.data} />}
      <UnsentAnswers onSent={inbox.reload} />
      <Loaded resource={inbox}>{({ items }) => <Waiting items={items} onOver={inbox.reload} />}</Loaded>
      <PushNudge />
    </Screen>
  );
}

function Waiting({ items, onOver }: { items: readonly Declaration[]; onOver: () => void }) {
  if (items.length === 0) {
    return (
      <EmptyState icon="check" title={t('inbox.empty.title')}>
        <p>{t('inbox.empty.body')}</p>
      </EmptyState>
    );
  }
  return (
    <>
      <p class="muted">{t('inbox.intro', { n: items.length })}</p>
      {groupParcels(items, Date.now()).map((group) => (
        <Parcels key={group.key} group={group} onOver={onOver} />
      ))}
    </>
  );
}

function Parcels({ group: { key, items }, onOver }: { group: Group<Declaration>; onOver: () => void }) {
  const [first] = items;
  const cards = items.map((item) => (
    <li key={item.declarationId}>
      <ParcelCard declaration={item} onOver={onOver} />
    </li>
  ));
  if (!first || items.length === 1) return <ul class="cards">{cards}</ul>;
  const id = `group-${key.replace(/\W/g, '-')}`;
  return (
    <section class="stack" aria-labelledby={id}>
      <div>
        <h2 id={id} class="group-title">
          <bdi class="code">{first.flight}</bdi>・<MarkedText text={first.broker.name} />
        </h2>
        <p class="muted small">{t('inbox.group.hint', { n: items.length })}</p>
      </div>
      <ul class="cards">{cards}</ul>
    </section>
  );
}

function IdentityBanner({ identity: { frozenAt, suspendedAt } }: { identity: Identity }) {
  if (suspendedAt) {
    return (
      <div class="stack">
        <Banner kind="danger" title={t('inbox.suspended.title')}>
          {t('inbox.suspended.body')}
        </Banner>
        <VerifyAgain kind="secondary" />
      </div>
    );
  }
  if (!frozenAt) return null;
  return (
    <div class="stack">
      <Banner kind="warn" title={t('inbox.frozen.title')}>
        {t('inbox.frozen.body')}
      </Banner>
      <ButtonLink kind="quiet" href={PATHS.me}>
        {t('inbox.frozen.manage')}
      </ButtonLink>
    </div>
  );
}
