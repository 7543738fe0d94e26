import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { useStore } from '../../store.ts';
import { Field } from '../../ui/field.tsx';
import { changeDraft, draft } from './draft.ts';
import { StepScreen } from './step-screen.tsx';

/** The rules of phone numbers are heavy: fetched for this step alone. */
const phoneRules = () => import('../../../../domain/phone.ts');

/** The number as people write it. */
export function PhoneStep() {
  const { phone } = useStore(draft);
  const [wrong, setWrong] = useState(false);
  const goOn = async () => {
    const right = await phoneRules().then(
      ({ normalisePhone }) => normalisePhone(phone) !== null,
      // Without a network the API will be the one to say so.
      () => phone.trim() !== '',
    );
    setWrong(!right);
    return right;
  };
  return (
    <StepScreen step="phone" title={t('register.phone.title')} check={goOn}>
      <Field
        label={t('register.phone.label')}
        hint={t('register.phone.hint')}
        value={phone}
        onValue={(value) => {
          setWrong(false);
          changeDraft({ phone: value });
        }}
        error={wrong ? t('register.phone.wrong') : undefined}
        inputMode="tel"
        autoComplete="tel-national"
        maxLength={40}
      />
      <details class="more">
        <summary>{t('register.phone.prepaid')}</summary>
        <p>{t('register.phone.prepaid.body')}</p>
      </details>
    </StepScreen>
  );
}
