import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { useStore } from '../../store.ts';
import { Field } from '../../ui/field.tsx';
import { checkId, type IdCheck } from './checks.ts';
import { changeDraft, draft } from './draft.ts';
import { StepScreen } from './step-screen.tsx';

const isRight = (check: IdCheck) => check === 'national_id_card' || check === 'residence_permit';

/** The number is checked as it is typed; what is wrong is said once it can be known. */
export function IdStep() {
  const { idNumber } = useStore(draft);
  const [left, setLeft] = useState(false);
  const check = checkId(idNumber);
  const wrong = left ? !isRight(check) : check === 'shape' || check === 'checksum';
  const goOn = () => {
    setLeft(true);
    return isRight(check);
  };
  return (
    <StepScreen step="id" title={t('register.id.title')} check={goOn}>
      <Field
        label={t('register.id.label')}
        hint={t('register.id.hint')}
        value={idNumber}
        onValue={(value) => changeDraft({ idNumber: value.toUpperCase() })}
        error={wrong ? t(`register.id.${check}`) : undefined}
        status={isRight(check) ? t(`register.id.${check}`) : undefined}
        autoComplete="off"
        autoCapitalize="characters"
        spellcheck={false}
        maxLength={20}
        lang="en"
      />
    </StepScreen>
  );
}
