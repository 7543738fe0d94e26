import { usePoll } from '../../../src/api/use-poll.ts';
import { useResource } from '../../../src/api/use-resource.ts';
import { Banner } from '../../../src/ui/banner.tsx';
import { ButtonLink } from '../../../src/ui/button.tsx';
import { Card, Facts } from '../../../src/ui/card.tsx';
import { Loaded } from '../../../src/ui/loaded.tsx';
import { Time } from '../../../src/ui/time.tsx';
import { at } from '../../api.ts';
import { t } from '../../i18n/index.ts';
import { amendPath, PATHS } from '../../paths.ts';
import type { Declaration } from '../../types.ts';
import { Page } from '../../ui/page.tsx';
import { Problems } from '../../ui/problems.tsx';
import { Status } from '../../ui/status.tsx';
import { isDecided, isUnderWay, mayAmend, mayCancel } from '../../view.ts';
import { reasonOf } from '../../words.ts';
import { Cancel } from './cancel.tsx';
import { Content } from './content.tsx';
import { Evidence } from './evidence.tsx';
import { Changes, Timeline } from './timeline.tsx';

/** One declaration: where it stands, what it asks of the broker, and how it came there. */
export function DeclarationScreen({ id }: { id: string }) {
  const path = at(`/declarations/${encodeURIComponent(id)}`);
  const declaration = useResource<Declaration>(path);
  const data = declaration.state === 'ready' ? declaration.data : undefined;
  usePoll(data === undefined || isUnderWay(data), declaration.refresh);
  return (
    <Page
      title={t('declaration.title', { number: data?.houseWaybill ?? '…' })}
      parent={{ href: PATHS.declarations, label: t('list.title') }}
    >
      <Loaded resource={declaration}>
        {(shown) => (
          <>
            <Standing declaration={shown} onChanged={declaration.reload} />
            <div class="columns">
              <Content declaration={shown} />
              <div class="stack">
                {shown.answer && <Answer answer={shown.answer} />}
                {isDecided(shown) && <Evidence declaration={shown} />}
                <Timeline path={path} changed={shown.updatedAt} />
                <Changes declarationId={shown.declarationId} changed={shown.updatedAt} />
              </div>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Standing({ declaration, onChanged }: { declaration: Declaration; onChanged: () => void }) {
  const { declarationId, status, version, respondBy, proposed } = declaration;
  return (
    <div class="stack">
      <p>
        <Status status={status} /> {t('declaration.version', { n: version })}
        {isUnderWay(declaration) && (
          <>
            {' · '}
            {t('declaration.respondBy')} <Time at={respondBy} />
          </>
        )}
      </p>
      <p>{t(`meaning.${status}`)}</p>
      {status === 'repudiated' && (
        <Banner kind="danger" title={t('fraud.title')}>
          {t('fraud.body')}
        </Banner>
      )}
      {proposed && (
        <Banner title={t('proposed.title')}>
          {'version' in proposed
            ? t('proposed.version', { n: proposed.version, now: version })
            : t('proposed.cancellation')}
        </Banner>
      )}
      {status === 'needs_correction' && (
        <Card title={t('problems.title')}>
          <Problems declaration={declaration} />
        </Card>
      )}
      <div class="acts">
        {mayAmend(declaration) && (
          <ButtonLink
            href={amendPath(declarationId)}
            kind={status === 'needs_correction' ? 'primary' : 'secondary'}
          >
            {t('act.amend')}
          </ButtonLink>
        )}
        {mayCancel(declaration) && <Cancel declarationId={declarationId} onDone={onChanged} />}
      </div>
    </div>
  );
}

function Answer({ answer }: { answer: NonNullable<Declaration['answer']> }) {
  const { decision, reason, decidedAt, customsAcknowledgedAt } = answer;
  return (
    <Card title={t('answer.title')}>
      <Facts
        items={[
          [t('answer.decision'), t(`status.${decision}`)],
          ...(reason === undefined ? [] : [[t('answer.reason'), reasonOf(reason)] as const]),
          [t('answer.decidedAt'), <Time key="at" at={decidedAt} />],
          [
            t('answer.customs'),
            customsAcknowledgedAt === undefined ? (
              t('answer.customs.not-yet')
            ) : (
              <Time key="at" at={customsAcknowledgedAt} />
            ),
          ],
        ]}
      />
    </Card>
  );
}
