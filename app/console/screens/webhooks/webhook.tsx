import { DELIVERY_STATUSES } from '../../../../domain/webhook.ts';
import { api } from '../../../src/api/client.ts';
import { useAction } from '../../../src/api/use-action.ts';
import { usePoll } from '../../../src/api/use-poll.ts';
import { useResource } from '../../../src/api/use-resource.ts';
import { Link, navigate, useQuery } from '../../../src/router.ts';
import { Button } from '../../../src/ui/button.tsx';
import { Card } from '../../../src/ui/card.tsx';
import { toast } from '../../../src/ui/live.tsx';
import { Loaded } from '../../../src/ui/loaded.tsx';
import { ProblemBanner } from '../../../src/ui/problem.tsx';
import { Time } from '../../../src/ui/time.tsx';
import { at } from '../../api.ts';
import { t } from '../../i18n/index.ts';
import { declarationPath, manifestPath, PATHS, webhookPath } from '../../paths.ts';
import type { Deliveries, Delivery, Endpoint } from '../../types.ts';
import { Page } from '../../ui/page.tsx';
import { Pager } from '../../ui/pager.tsx';
import { Select } from '../../ui/select.tsx';
import { failureOf, Standing } from './webhooks.tsx';

/** One address: how it is doing, and what became of each message to it. */
export function WebhookScreen({ id }: { id: string }) {
  const path = at(`/webhook-endpoints/${encodeURIComponent(id)}`);
  const endpoint = useResource<Endpoint>(path);
  usePoll(true, endpoint.refresh);
  return (
    <Page
      title={endpoint.state === 'ready' ? endpoint.data.url : t('webhooks.title')}
      parent={{ href: PATHS.webhooks, label: t('webhooks.title') }}
    >
      <Loaded resource={endpoint}>
        {(data) => (
          <>
            <Standing endpoint={data} />
            {data.status !== 'active' && <Resume path={path} onDone={endpoint.reload} />}
            <h2>{t('webhook.deliveries')}</h2>
            <Messages id={id} path={path} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Resume({ path, onDone }: { path: string; onDone: () => void }) {
  const resume = useAction(async () => {
    await api.post(`${path}/resumption`);
    toast(t('webhook.resumed'));
    onDone();
  });
  return (
    <Card>
      <p>{t('webhook.resume.body')}</p>
      {resume.error !== undefined && <ProblemBanner error={resume.error} />}
      <Button onClick={resume.run} busy={resume.busy}>
        {t('webhook.resume')}
      </Button>
    </Card>
  );
}

function Messages({ id, path }: { id: string; path: string }) {
  const query = useQuery();
  const [cursor, status] = [query.get('cursor'), query.get('status') ?? ''];
  const asked = new URLSearchParams({ ...(status && { status }), ...(cursor !== null && { cursor }) });
  const deliveries = useResource<Deliveries>(`${path}/deliveries?${asked}`);
  usePoll(true, deliveries.refresh);
  const choose = (chosen: string) =>
    navigate(chosen ? `${webhookPath(id)}?${new URLSearchParams({ status: chosen })}` : webhookPath(id));
  return (
    <>
      <Select
        label={t('webhook.filter')}
        value={status}
        options={[
          { value: '', label: t('webhook.filter.any') },
          ...DELIVERY_STATUSES.map((value) => ({ value, label: t(`delivery.${value}`) })),
        ]}
        onValue={choose}
      />
      <Loaded resource={deliveries}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? (
              <p class="muted">{t('webhook.none')}</p>
            ) : (
              <ul class="list">
                {items.map((delivery) => (
                  <li key={delivery.id}>
                    <Message delivery={delivery} path={path} onDone={deliveries.refresh} />
                  </li>
                ))}
              </ul>
            )}
            <Pager nextCursor={nextCursor} />
          </>
        )}
      </Loaded>
    </>
  );
}

interface MessageProps {
  delivery: Delivery;
  path: string;
  onDone: () => void;
}

function Message({ delivery, path, onDone }: MessageProps) {
  const { id, type, status, attempts, createdAt, nextAttemptAt, finishedAt, lastFailure } = delivery;
  const { declarationId, manifestId } = delivery;
  const again = useAction(async () => {
    await api.post(`${path}/deliveries/${encodeURIComponent(id)}/redelivery`);
    toast(t('webhook.redelivered'));
    onDone();
  });
  return (
    <>
      <p>
        <strong class="code">{type}</strong> · {t(`delivery.${status}`)} ·{' '}
        {t('webhook.attempts', { n: attempts })}
      </p>
      <p class="muted small">
        <Time at={createdAt} />
        {finishedAt !== undefined && (
          <>
            {' · '}
            {t('webhook.finished')} <Time at={finishedAt} />
          </>
        )}
        {nextAttemptAt !== undefined && attempts > 0 && (
          <>
            {' · '}
            {t('webhook.next')} <Time at={nextAttemptAt} />
          </>
        )}
        {lastFailure && status !== 'delivered' && <> · {failureOf(lastFailure)}</>}
        {' · '}
        {declarationId !== undefined && (
          <Link href={declarationPath(declarationId)}>{t('nav.declarations')}</Link>
        )}
        {manifestId !== undefined && <Link href={manifestPath(manifestId)}>{t('nav.manifests')}</Link>}
      </p>
      {again.error !== undefined && <ProblemBanner error={again.error} />}
      {status !== 'waiting' && (
        <Button
          kind="secondary"
          onClick={again.run}
          busy={again.busy}
          aria-label={t('webhook.redeliver.label', { type })}
        >
          {t('webhook.redeliver')}
        </Button>
      )}
    </>
  );
}
