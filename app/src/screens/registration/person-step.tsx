import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { useStore } from '../../store.ts';
import { Field } from '../../ui/field.tsx';
import { type BirthDate, readBirthDate, taiwanToday } from './birth-date.ts';
import { checkName } from './checks.ts';
import { changeDraft, draft } from './draft.ts';
import { StepScreen } from './step-screen.tsx';

/** Name as on the ID, and the birthday in whichever calendar comes to mind. */
export function PersonStep() {
  const { name, birthDate } = useStore(draft);
  const [left, setLeft] = useState(false);
  const nameCheck = checkName(name);
  const birth = readBirthDate(birthDate, taiwanToday());
  const nameWrong = nameCheck === 'odd' || (left && nameCheck === 'empty');
  const birthWrong = birth.state === 'wrong' || (left && birth.state === 'incomplete');
  const goOn = () => {
    setLeft(true);
    return nameCheck !== 'empty' && nameCheck !== 'odd' && birth.state === 'ok';
  };
  const part = (member: 'year' | 'month' | 'day', maxLength: number) => (
    <Field
      label={t(`register.birth.${member}`)}
      value={birthDate[member]}
      onValue={(value) => changeDraft({ birthDate: { ...birthDate, [member]: value } })}
      inputMode="numeric"
      autoComplete={`bday-${member}`}
      maxLength={maxLength}
    />
  );
  return (
    <StepScreen step="person" title={t('register.person.title')} check={goOn}>
      <Field
        label={t('register.name.label')}
        hint={t('register.name.hint')}
        value={name}
        onValue={(value) => changeDraft({ name: value })}
        error={nameWrong ? t(`register.name.${nameCheck}`) : undefined}
        status={nameCheck === 'space' || nameCheck === 'wide' ? t(`register.name.${nameCheck}`) : undefined}
        autoComplete="name"
        spellcheck={false}
        maxLength={100}
      />
      <fieldset class="stack">
        <legend class="legend">{t('register.birth.legend')}</legend>
        <p class="hint">{t('register.birth.hint')}</p>
        <div class="three">
          {part('year', 6)}
          {part('month', 3)}
          {part('day', 3)}
        </div>
        <p class="field-error" aria-live="polite">
          {birthWrong ? t(`register.birth.${birth.state === 'wrong' ? 'wrong' : 'incomplete'}`) : ''}
        </p>
        <p class="field-status" aria-live="polite">
          {birthText(birth)}
        </p>
      </fieldset>
    </StepScreen>
  );
}

/** As it was understood: a year of one calendar is easily taken for the other's. */
function birthText(birth: BirthDate): string {
  if (birth.state !== 'ok') return '';
  const [year = '', month = '', day = ''] = birth.date.split('-');
  const parts = { year, month: Number(month), day: Number(day) };
  return birth.rocYear > 0
    ? t('register.birth.ok', { ...parts, roc: birth.rocYear })
    : t('register.birth.before-roc', parts);
}
