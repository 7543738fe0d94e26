import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiProblem } from '../../api/client.ts';
import { useLive } from '../../api/events.ts';
import type { DeclarationList, Identity, Notice } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { unusual } from '../../declaration/unusual.ts';
import { viewOf } from '../../declaration/view.ts';
import { t, useLocale } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { navigate, useQuery } from '../../router.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { announce } from '../../ui/live.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';
import { Screen } from '../../ui/screen.tsx';
import type { Able } from './answer-actions.tsx';
import { Closed } from './closed.tsx';
import type { Detailed } from './contract.ts';
import { Decline } from './decline.tsx';
import { Outcome } from './outcome.tsx';
import { Repudiate } from './repudiate.tsx';
import { Review } from './review.tsx';
import { useAnswer } from './use-answer.ts';

/** One declaration: to be read and answered, or what became of it. Whatever happens to it meanwhile shows at once. */
export function DeclarationScreen({ id }: { id: string }) {
  const declaration = useResource<Detailed>(`/app/declarations/${id}`);
  useLive(declaration.reload);
  if (declaration.state === 'ready')
    return <Known declaration={declaration.data} reload={declaration.reload} />;
  const gone =
    declaration.state === 'failed' &&
    declaration.error instanceof ApiProblem &&
    declaration.error.status === 404;
  return (
    <Screen
      title={gone ? t('refused.not-found.title') : t('declaration.title')}
      back={PATHS.inbox}
      actions={gone ? <ButtonLink href={PATHS.inbox}>{t('outcome.home')}</ButtonLink> : undefined}
    >
      {gone && <p>{t('missing.body')}</p>}
      {declaration.state === 'loading' && <Skeleton lines={6} />}
      {declaration.state === 'failed' && !gone && (
        <ProblemBanner error={declaration.error} retry={declaration.reload} />
      )}
    </Screen>
  );
}

function Known({ declaration, reload }: { declaration: Detailed; reload: () => void }) {
  const { declarationId, version } = declaration;
  const resource = useResource<Notice>(`/app/notices?locale=${useLocale()}`);
  const notice = resource.state === 'ready' ? resource.data : null;
  const { able, reloadIdentity } = useAble();
  const history = useResource<DeclarationList>('/app/history');
  const reloadAll = () => {
    reload();
    reloadIdentity();
    resource.reload();
  };
  const answering = useAnswer(declarationId, version, notice, reloadAll);
  const fresh = useFresh(version, () => answering.dispatch({ type: 'superseded' }));
  const known = history.state === 'ready' ? history.data.items : null;
  const odd = useMemo(() => unusual(declaration, known), [declaration, known]);
  const chosen = useQuery().get('answer');
  const { state } = answering;

  if (declaration.answer || state.at === 'kept' || state.at === 'judged') {
    return <Outcome {...{ declaration, answering, reload }} />;
  }
  const view = viewOf(declaration);
  if (view !== 'open') return <Closed {...{ declaration, view, state }} />;
  const common = { declaration, answering, notice, reload: reloadAll };
  if (chosen === 'declined') return <Decline {...common} key={`declined-${version}`} />;
  if (chosen === 'repudiated') return <Repudiate {...common} key="repudiated" />;
  return <Review {...common} {...{ able, fresh, unusual: odd }} key={`review-${version}`} />;
}

/** What the identity allows. Where that is not known, the server says so when it matters. */
function useAble(): { able: Able; reloadIdentity: () => void } {
  const identity = useResource<Identity>('/app/identity');
  const { frozenAt, suspendedAt } = identity.state === 'ready' ? identity.data : {};
  const able = suspendedAt ? 'suspended' : frozenAt ? 'frozen' : 'able';
  return { able, reloadIdentity: identity.reload };
}

/** Whether another version came under the person's eyes: then what was begun is dropped, and the new one shown. */
function useFresh(version: number, onFresh: () => void): boolean {
  const [shown, setShown] = useState(version);
  const first = useRef(version);
  useEffect(() => {
    if (version === shown) return;
    setShown(version);
    onFresh();
    announce(t('fresh.title'));
    // Also from the forms of the two other answers: they were about the version before.
    navigate(location.pathname, { replace: true });
  }, [version]);
  return version !== first.current;
}
