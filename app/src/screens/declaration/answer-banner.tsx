import { useEffect, useRef } from 'preact/hooks';
import { hasMessage, type MessageKey, t } from '../../i18n/index.ts';
import { Banner, type BannerKind } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import type { Answering, State } from './use-answer.ts';

/** Why the answer that was begun is not with us, and what to do; nothing when none was begun. */
export function AnswerBanner({ answering, reload }: { answering: Answering; reload: () => void }) {
  const { state, dispatch } = answering;
  const place = useRef<HTMLDivElement>(null);
  const told = toldOf(state);
  useEffect(() => {
    // The buttons are at the bottom of the screen, and this is at its top.
    if (told) place.current?.scrollIntoView({ block: 'center' });
  }, [told?.title]);
  if (!told) return null;
  return (
    <div class="stack" ref={place}>
      <Banner kind={told.kind} title={t(told.title)} alert>
        <p>{t(told.body)}</p>
        {'words' in state && state.words && (
          <p>{t('answer.choice', { choice: t(`choice.${state.words.decision}`) })}</p>
        )}
        {state.at === 'reading' && state.again === 'cancelled' && <p>{t('again.cancelled.elsewhere')}</p>}
      </Banner>
      <Remedy state={state} dispatch={dispatch} reload={reload} />
    </div>
  );
}

interface Told {
  kind: BannerKind;
  title: MessageKey;
  body: MessageKey;
}

function toldOf(state: State): Told | null {
  if (state.at === 'reading') return state.again ? told('warn', `again.${state.again}`) : null;
  if (state.at === 'refused') return told('danger', `refused.${state.code}`, 'refused.other');
  if (state.at !== 'unsent') return null;
  if (state.why !== 'offline') return told('warn', `unsent.${state.why}`);
  return told('warn', state.assertion === null ? 'unsent.unsigned' : 'unsent.signed');
}

function told(kind: BannerKind, key: string, otherwise = key): Told {
  const known = hasMessage(`${key}.title`) ? key : otherwise;
  return { kind, title: `${known}.title` as MessageKey, body: `${known}.body` as MessageKey };
}

function Remedy({ state, dispatch, reload }: Answering & { reload: () => void }) {
  if (state.at === 'reading' && state.words) {
    return (
      <Button kind="quiet" onClick={() => dispatch({ type: 'dropped' })}>
        {t('again.drop')}
      </Button>
    );
  }
  if (state.at !== 'refused') return null;
  const start = () => {
    dispatch({ type: 'dropped' });
    reload();
  };
  // What to do about these is at thumb height, instead of the touch.
  if (state.code === 'identity-frozen' || state.code === 'identity-suspended') return null;
  return (
    <Button kind="secondary" onClick={start}>
      {t('refused.reload')}
    </Button>
  );
}
