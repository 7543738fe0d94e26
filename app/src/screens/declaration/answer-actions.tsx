import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../../api/client.ts';
import type { Notice } from '../../api/types.ts';
import { useAction } from '../../api/use-action.ts';
import { t } from '../../i18n/index.ts';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { announce, toast } from '../../ui/live.tsx';
import { ProblemBanner } from '../../ui/problem.tsx';
import { VerifyAgain } from '../registration/verify-again.tsx';
import type { Detailed } from './contract.ts';
import type { Answering, State } from './use-answer.ts';
import type { Seen } from './use-seen.ts';
import { totalsOf } from './words.ts';

/** What the person's identity allows: everything, or all but confirming. */
export type Able = 'able' | 'frozen' | 'suspended';

interface ActionsProps {
  declaration: Detailed;
  answering: Answering;
  notice: Notice | null;
  able: Able;
  seen: Seen;
  reload: () => void;
}

/** The buttons at thumb height: first what is left to read, then the touch; the two other answers always. */
export function AnswerActions({ declaration, answering, notice, able, seen, reload }: ActionsProps) {
  const all = seen.left === 0;
  const started = useRef(all);
  useEffect(() => {
    if (all && !started.current) announce(t('read.done'));
  }, [all]);
  const { declarationId } = declaration;
  return (
    <Underway answering={answering}>
      {!all ? (
        <>
          <p class="hint">{t('read.hint')}</p>
          <Button kind="secondary" onClick={seen.goOn}>
            {t('read.left', { n: seen.left })}
          </Button>
        </>
      ) : (
        <Confirm {...{ declaration, answering, notice, able, reload }} />
      )}
      <div class="side-by-side">
        <ButtonLink kind="secondary" href={`/d/${declarationId}?answer=declined`}>
          {t('answer.decline')}
        </ButtonLink>
        <ButtonLink kind="secondary" href={`/d/${declarationId}?answer=repudiated`}>
          {t('answer.repudiate')}
        </ButtonLink>
      </div>
    </Underway>
  );
}

function Confirm({ declaration, answering, notice, able, reload }: Omit<ActionsProps, 'seen'>) {
  if (able === 'frozen') {
    const unfrozen = () => {
      answering.dispatch({ type: 'dropped' });
      reload();
    };
    return <Unfreeze onDone={unfrozen} />;
  }
  if (able === 'suspended') {
    return (
      <>
        <p class="hint">{t('answer.confirm.suspended')}</p>
        <VerifyAgain />
      </>
    );
  }
  const { version, goods, totals } = declaration;
  const touch = () => answering.dispatch({ type: 'touched', words: { version, decision: 'confirmed' } });
  return (
    <>
      <p class="hint" id="what-is-signed">
        {t('answer.confirm.hint', {
          items: t('declaration.total.items', { n: goods.length }),
          total: totalsOf(totals),
        })}
      </p>
      <Button onClick={touch} disabled={notice === null} aria-describedby="what-is-signed">
        {t('answer.confirm')}
      </Button>
    </>
  );
}

/** Confirming needs it; the two other answers do not. */
function Unfreeze({ onDone }: { onDone: () => void }) {
  const action = useAction(async () => {
    await api.post('/app/identity/unfreeze');
    toast(t('refused.identity-frozen.done'));
    onDone();
  });
  return (
    <>
      <p class="hint">{t('answer.confirm.frozen')}</p>
      {action.error !== undefined && <ProblemBanner error={action.error} />}
      <Button onClick={action.run} busy={action.busy}>
        {t('refused.identity-frozen.action')}
      </Button>
    </>
  );
}

/** After this long a connection counts as slow, ms. */
const SLOW_MS = 4_000;

/** While an answer is on its way, or signed and not yet sent, there is nothing else to be done; else what is given. */
export function Underway({ answering, children }: { answering: Answering; children: ComponentChildren }) {
  const { state, dispatch } = answering;
  if (state.at === 'signing' || state.at === 'sending') return <Progress state={state} />;
  if (state.at !== 'unsent' || state.assertion === null) return <>{children}</>;
  return (
    <Button kind="secondary" onClick={() => dispatch({ type: 'try-again' })}>
      {t('unsent.retry')}
    </Button>
  );
}

function Progress({ state }: { state: State }) {
  const [slow, setSlow] = useState(false);
  const words = state.at === 'signing' ? t('answer.signing') : t('answer.sending');
  useEffect(() => {
    announce(words);
    setSlow(false);
    if (state.at !== 'sending') return;
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, [state.at, words]);
  return (
    <>
      {slow && (
        <p class="hint" role="status">
          {t('answer.slow')}
        </p>
      )}
      <Button busy>{words}</Button>
    </>
  );
}
