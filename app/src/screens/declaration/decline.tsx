import { useState } from 'preact/hooks';
import { NOTE_MAX_LENGTH } from '../../../../domain/limits.ts';
import { DECLINE_REASONS, type DeclineReason } from '../../../../domain/outcome.ts';
import { lengthInCharacters } from '../../../../domain/text.ts';
import type { Notice } from '../../api/types.ts';
import { cleanNote } from '../../declaration/note.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../ui/button.tsx';
import { Choice } from '../../ui/choice.tsx';
import { TextArea } from '../../ui/field.tsx';
import { Screen } from '../../ui/screen.tsx';
import { Underway } from './answer-actions.tsx';
import { AnswerBanner } from './answer-banner.tsx';
import type { Detailed } from './contract.ts';
import { MarkedText } from './marked-text.tsx';
import { NoticeText } from './notice-text.tsx';
import type { Answering } from './use-answer.ts';
import { priceOf, quantityOf } from './words.ts';

export interface FormProps {
  declaration: Detailed;
  answering: Answering;
  notice: Notice | null;
  reload: () => void;
}

/** 申報不符: which lines, why, and a word to the broker. */
export function Decline({ declaration, answering, notice, reload }: FormProps) {
  const { state, dispatch } = answering;
  const begun = state.at === 'reading' || state.at === 'unsent' ? state.words : null;
  const [reason, setReason] = useState<DeclineReason | undefined>(begun?.reason);
  const [lines, setLines] = useState<readonly number[]>(begun?.lines ?? []);
  const [note, setNote] = useState(begun?.note ?? '');
  const [asked, setAsked] = useState(false);

  const trimmed = note.trim();
  const left = NOTE_MAX_LENGTH - lengthInCharacters(trimmed);
  const missing = reason === 'other' && trimmed === '';
  const noteError =
    left < 0 ? t('decline.note.over', { n: -left }) : missing ? t('decline.note.needed') : undefined;

  const touch = () => {
    setAsked(true);
    if (!reason || noteError !== undefined) return focusFirstError();
    const { version } = declaration;
    const said = { ...(lines.length > 0 && { lines }), ...(trimmed !== '' && { note: trimmed }) };
    dispatch({ type: 'touched', words: { version, decision: 'declined', reason, ...said } });
  };
  return (
    <Screen
      title={t('decline.title')}
      back={`/d/${declaration.declarationId}`}
      actions={
        <Underway answering={answering}>
          <Button onClick={touch} disabled={notice === null}>
            {t('decline.send')}
          </Button>
        </Underway>
      }
    >
      <AnswerBanner answering={answering} reload={reload} />
      <p>{t('decline.intro')}</p>
      <Choice
        legend={t('decline.reason')}
        options={DECLINE_REASONS.map((value) => ({ value, label: t(`reason.${value}`) }))}
        value={reason}
        onChange={setReason}
        error={asked && !reason ? t('decline.reason.needed') : undefined}
      />
      <Lines declaration={declaration} chosen={lines} onChange={setLines} />
      <TextArea
        label={t(reason === 'other' ? 'decline.note' : 'decline.note.optional')}
        hint={t('decline.note.hint')}
        rows={3}
        value={note}
        onValue={(value) => setNote(cleanNote(value))}
        error={asked || left < 0 ? noteError : undefined}
        status={left >= 0 && left <= 100 ? t('decline.note.left', { n: left }) : undefined}
      />
      <NoticeText notice={notice} />
    </Screen>
  );
}

/** To what is missing, once the screen says so. */
const focusFirstError = () =>
  requestAnimationFrame(() => {
    const wrong = document.querySelector<HTMLElement>(
      '.choice:has(.field-error:not(:empty)) input, [aria-invalid="true"]',
    );
    wrong?.focus();
  });

interface LinesProps {
  declaration: Detailed;
  chosen: readonly number[];
  onChange: (lines: readonly number[]) => void;
}

function Lines({ declaration, chosen, onChange }: LinesProps) {
  const toggle = (sequence: number, on: boolean) => {
    const others = chosen.filter((line) => line !== sequence);
    onChange((on ? [...others, sequence] : others).sort((a, b) => a - b));
  };
  return (
    <fieldset class="choice">
      <legend>{t('decline.lines')}</legend>
      <p class="hint">{t('decline.lines.hint')}</p>
      {declaration.goods.map((line) => (
        <label class="choice-option" key={line.sequence}>
          <input
            type="checkbox"
            checked={chosen.includes(line.sequence)}
            onChange={({ currentTarget }) => toggle(line.sequence, currentTarget.checked)}
          />
          <span>
            {t('declaration.line', { n: line.sequence })}・<MarkedText text={line.description} />
            <span class="hint">
              {quantityOf(line)} · {priceOf(line)}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
