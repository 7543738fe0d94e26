import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { draftOf, next, resume } from '../../declaration/answer.ts';
import { type AnswerDraft, signedDrafts, writeDraft } from '../../declaration/draft-store.ts';
import { sendWords } from '../../declaration/send.ts';
import { t } from '../../i18n/index.ts';
import { Banner } from '../../ui/banner.tsx';
import { toast } from '../../ui/live.tsx';

const AGAIN_MS = 15_000;

/** Answers that were signed without a network, on whatever declaration: sent from here, too. */
export function UnsentAnswers({ onSent }: { onSent: () => void }) {
  const [left, setLeft] = useState(() => signedDrafts().length);
  const sent = useRef(onSent);
  sent.current = onSent;
  const flush = useCallback(async () => {
    for (const { declarationId, draft } of signedDrafts()) await settle(declarationId, draft);
    const still = signedDrafts().length;
    setLeft(still);
    if (still === 0) sent.current();
  }, []);
  useEffect(() => {
    if (left === 0) return;
    void flush();
    const timer = setInterval(flush, AGAIN_MS);
    addEventListener('online', flush);
    return () => {
      clearInterval(timer);
      removeEventListener('online', flush);
    };
  }, [left, flush]);
  if (left === 0) return null;
  return (
    <Banner kind="warn" title={t('inbox.unsent.title', { n: left })}>
      {t('inbox.unsent.body')}
    </Banner>
  );
}

/** Sends one, and keeps of it what is still to be done. */
async function settle(declarationId: string, draft: AnswerDraft): Promise<void> {
  const sending = next(resume(draft, draft.words.version), { type: 'try-again' });
  if (sending.at !== 'sending') return;
  const state = next(sending, await sendWords(declarationId, sending.words, sending.assertion));
  writeDraft(declarationId, draftOf(state));
  if (state.at === 'kept' || state.at === 'judged') toast(t('inbox.sent'));
  else if (state.at !== 'unsent') toast(t('inbox.not-counted'));
}
