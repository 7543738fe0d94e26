import type { PoaStatus } from '../../../domain/poa-state.ts';
import { usePoll } from '../../src/api/use-poll.ts';
import { useResource } from '../../src/api/use-resource.ts';
import { Link } from '../../src/router.ts';
import { ButtonLink } from '../../src/ui/button.tsx';
import { EmptyState } from '../../src/ui/empty-state.tsx';
import { Loaded } from '../../src/ui/loaded.tsx';
import { Time } from '../../src/ui/time.tsx';
import { at } from '../api.ts';
import { t } from '../i18n/index.ts';
import { amendPath, declarationPath, declarationsPath } from '../paths.ts';
import type { Declaration, DeclarationList } from '../types.ts';
import { Page } from '../ui/page.tsx';
import { Problems } from '../ui/problems.tsx';
import { mayAmend } from '../view.ts';
import { reasonOf } from '../words.ts';

const PAGE = 25;

/** The work list: what Customs, we or a consignee want corrected. */
export function Corrections() {
  const refused = useList('needs_correction');
  const declined = useList('declined');
  return (
    <Page title={t('corrections.title')}>
      <p class="muted">{t('corrections.body')}</p>
      <Loaded resource={refused}>
        {(toCorrect) => (
          <Loaded resource={declined}>
            {(doesNotMatch) =>
              toCorrect.items.length + doesNotMatch.items.length === 0 ? (
                <EmptyState icon="check" title={t('corrections.none')}>
                  <p>{t('corrections.none.body')}</p>
                </EmptyState>
              ) : (
                <>
                  <Section title={t('corrections.correct')} list={toCorrect} status="needs_correction" />
                  <Section title={t('corrections.declined')} list={doesNotMatch} status="declined" />
                </>
              )
            }
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

function useList(status: PoaStatus) {
  const list = useResource<DeclarationList>(at(`/declarations?status=${status}&limit=${PAGE}`));
  usePoll(true, list.refresh);
  return list;
}

interface SectionProps {
  title: string;
  list: DeclarationList;
  status: PoaStatus;
}

function Section({ title, list: { items, nextCursor }, status }: SectionProps) {
  if (items.length === 0) return null;
  return (
    <>
      <h2>{title}</h2>
      <ul class="list">
        {items.map((declaration) => (
          <li key={declaration.declarationId}>
            <Correction declaration={declaration} />
          </li>
        ))}
      </ul>
      {nextCursor !== null && (
        <Link href={declarationsPath({ status, cursor: nextCursor })}>{t('pager.next')}</Link>
      )}
    </>
  );
}

function Correction({ declaration }: { declaration: Declaration }) {
  const { declarationId, houseWaybill, importer, respondBy, status, answer } = declaration;
  return (
    <div class="stack">
      <div>
        <h3>
          <Link href={declarationPath(declarationId)} class="code">
            {houseWaybill ?? declarationId}
          </Link>
        </h3>
        <p class="foreign">{importer?.name ?? t('list.purged')}</p>
        {status === 'needs_correction' && (
          <p class="muted small">
            {t('corrections.until')} <Time at={respondBy} />
          </p>
        )}
      </div>
      {status === 'needs_correction' && <Problems declaration={declaration} />}
      {answer?.reason !== undefined && <p>{reasonOf(answer.reason)}</p>}
      {mayAmend(declaration) ? (
        <ButtonLink href={amendPath(declarationId)} kind="secondary">
          {t('corrections.amend')}
        </ButtonLink>
      ) : (
        <ButtonLink href={declarationPath(declarationId)} kind="secondary">
          {t('corrections.look')}
        </ButtonLink>
      )}
    </div>
  );
}
