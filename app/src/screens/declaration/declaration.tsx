import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiProblem, api } from '../../api/client.ts';
import { useLive } from '../../api/events.ts';
import type { DeclarationList, Identity, Notice } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { writeDraft } from '../../declaration/draft-store.ts';
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
import { type Answering, type State, useAnswer } from './use-answer.ts';

/** One declaration: to be read and answered, or what became of it. Whatever happens to it meanwhile shows at once. */
export function DeclarationScreen({ id }: { id: string }) {
  const declaration = useResource<Detailed>(`/app/declarations/${id}`);
  useLive(declaration.reload);
  const gone = declaration.state === 'failed' && isMissing(declaration.error);
  useEffect(() => {
    // Of somebody who was logged in before, perhaps.
    if (gone) writeDraft(id, null);
  }, [gone, id]);
  if (declaration.state === 'ready') {
    const { data, error, reload } = declaration;
    return <Known declaration={data} stale={error !== undefined} reload={reload} />;
  }
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

interface KnownProps {
  declaration: Detailed;
  /** It could not be loaded anew. */
  stale: boolean;
  reload: () => void;
}

function Known({ declaration, stale, reload }: KnownProps) {
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
  useVanished(declaration, answering);
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
  return (
    <Review
      {...common}
      {...{ able: ableIn(state, able), fresh, stale, unusual: odd }}
      key={`review-${version}`}
    />
  );
}

const isMissing = (error: unknown): boolean => error instanceof ApiProblem && error.status === 404;

/** What the server said to the last answer counts before what it said of the identity earlier. */
function ableIn(state: State, able: Able): Able {
  if (state.at !== 'refused') return able;
  if (state.code === 'identity-frozen') return 'frozen';
  return state.code === 'identity-suspended' ? 'suspended' : able;
}

/** What the identity allows. Where that is not known, the server says so when it matters. */
function useAble(): { able: Able; reloadIdentity: () => void } {
  const identity = useResource<Identity>('/app/identity');
  const { frozenAt, suspendedAt } = identity.state === 'ready' ? identity.data : {};
  const able = suspendedAt ? 'suspended' : frozenAt ? 'frozen' : 'able';
  return { able, reloadIdentity: identity.reload };
}

/**
 * An answer that was kept and counts no more: judged while this was open, as when the operator's word on the SIM came late.
 * Where the identity is suspended that was why.
 */
function useVanished({ answer }: Detailed, { state, dispatch }: Answering): void {
  const there = useRef(false);
  useEffect(() => {
    const vanished = there.current && !answer && state.at === 'kept';
    there.current = answer !== undefined;
    if (!vanished) return;
    const tell = (suspended: boolean) =>
      dispatch(suspended ? { type: 'judged', verdict: 'void' } : { type: 'refused', code: 'not-counted' });
    api.get<Identity>('/app/identity').then(
      ({ suspendedAt }) => tell(suspendedAt !== undefined),
      () => tell(false),
    );
  }, [answer, state.at]);
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
