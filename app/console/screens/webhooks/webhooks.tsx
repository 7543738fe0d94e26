import { useResource } from '../../../src/api/use-resource.ts';
import { Link } from '../../../src/router.ts';
import { EmptyState } from '../../../src/ui/empty-state.tsx';
import { Loaded } from '../../../src/ui/loaded.tsx';
import { Time } from '../../../src/ui/time.tsx';
import { at } from '../../api.ts';
import { t } from '../../i18n/index.ts';
import { webhookPath } from '../../paths.ts';
import type { Delivery, Endpoint, Endpoints } from '../../types.ts';
import { Page } from '../../ui/page.tsx';

/** Where the broker's systems are told of events, and how each address is doing. */
export function Webhooks() {
  const endpoints = useResource<Endpoints>(at('/webhook-endpoints'));
  return (
    <Page title={t('webhooks.title')}>
      <p class="muted">{t('webhooks.body')}</p>
      <Loaded resource={endpoints}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon="inbox" title={t('webhooks.empty')}>
              <p>{t('webhooks.empty.body')}</p>
            </EmptyState>
          ) : (
            <ul class="list">
              {items.map((endpoint) => (
                <li key={endpoint.id} class="stack">
                  <h2 class="h3 foreign">
                    <Link href={webhookPath(endpoint.id)}>{endpoint.url}</Link>
                  </h2>
                  <Standing endpoint={endpoint} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Page>
  );
}

const TONES = { active: 'good', failing: 'act', paused: 'bad' } as const;

/** How an address is doing, and since when it fails and why. */
export function Standing({ endpoint }: { endpoint: Endpoint }) {
  const { status, events, failingSince, lastFailure, probeAt } = endpoint;
  return (
    <>
      <p>
        <span class={`status status-${TONES[status]}`}>{t(`webhooks.status.${status}`)}</span>{' '}
        {events.includes('*') ? t('webhooks.events.all') : t('webhooks.events.some', { n: events.length })}
      </p>
      {failingSince !== undefined && (
        <p class="muted small">
          {t('webhooks.failing-since')} <Time at={failingSince} />
          {lastFailure && <> · {failureOf(lastFailure)}</>}
          {probeAt !== undefined && (
            <>
              {' · '}
              {t('webhooks.probe-at')} <Time at={probeAt} />
            </>
          )}
        </p>
      )}
    </>
  );
}

/** Why an attempt failed, in words. */
export const failureOf = ({ code, httpStatus }: NonNullable<Delivery['lastFailure']>): string =>
  t(`delivery.failure.${code}`, { status: httpStatus ?? '' });
