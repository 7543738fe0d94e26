import type { Problem } from '../../../../domain/error-code.ts';
import { GOODS_MAX_LINES } from '../../../../domain/limits.ts';
import { Button } from '../../../src/ui/button.tsx';
import { DateField, Field } from '../../../src/ui/field.tsx';
import { hasMessage, t } from '../../i18n/index.ts';
import { remedyOf } from '../../remedy.ts';
import {
  type Form,
  fieldOf,
  GROUPS,
  type Group,
  lineCount,
  linePointers,
  nameOf,
  withLine,
  withoutLine,
} from './form.ts';

/** `/importer/name` → `f-importer-name`: what the summary of problems leads to. */
export const fieldId = (pointer: string): string => `f${pointer.replaceAll('/', '-')}`;

interface FormFieldsProps {
  form: Form;
  problems: readonly Problem[];
  onChange: (form: Form) => void;
}

export function FormFields({ form, problems, onChange }: FormFieldsProps) {
  const props = { form, problems, onChange };
  return (
    <>
      <FieldGroup group="general" {...props} />
      <FieldGroup group="importer" {...props} />
      {Array.from({ length: lineCount(form) }, (_, line) => (
        <Line key={form[`/goods/${line}/sequence`]} line={line} {...props} />
      ))}
      {lineCount(form) < GOODS_MAX_LINES && (
        <Button kind="secondary" onClick={() => onChange(withLine(form))}>
          {t('amend.line.add')}
        </Button>
      )}
      <FieldGroup group="parcel" {...props} />
      <FieldGroup group="consignor" {...props} />
    </>
  );
}

function FieldGroup({ group, ...props }: FormFieldsProps & { group: Group }) {
  return (
    <fieldset class="card">
      <legend>{t(`amend.group.${group}`)}</legend>
      <div class="fields">
        {GROUPS[group].map((pointer) => (
          <OneField key={pointer} pointer={pointer} {...props} />
        ))}
      </div>
    </fieldset>
  );
}

function Line({ line, ...props }: FormFieldsProps & { line: number }) {
  const { form, onChange } = props;
  return (
    <fieldset class="card">
      <legend>{t('amend.group.line', { n: line + 1 })}</legend>
      <div class="fields">
        {linePointers(line).map((pointer) => (
          <OneField key={pointer} pointer={pointer} {...props} />
        ))}
      </div>
      {lineCount(form) > 1 && (
        <Button kind="quiet" onClick={() => onChange(withoutLine(form, line))}>
          {t('amend.line.remove', { n: line + 1 })}
        </Button>
      )}
    </fieldset>
  );
}

/** Codes are written in capitals: asked for so, and not changed behind the person's back. */
const CAPITALS = /Waybill|Reference|flight|country|currency|unit/;

function OneField({ pointer, form, problems, onChange }: FormFieldsProps & { pointer: string }) {
  const name = nameOf(pointer);
  const [label, hint] = [`field.${name}`, `field.${name}.hint`];
  const wrong = problems.find((problem) => fieldOf(form, problem) === pointer);
  const common = {
    id: fieldId(pointer),
    label: hasMessage(label) ? t(label) : pointer,
    value: form[pointer] ?? '',
    onValue: (value: string) => onChange({ ...form, [pointer]: value }),
    error: wrong && remedyOf(wrong),
    autoComplete: 'off',
    ...(hasMessage(hint) && { hint: t(hint) }),
  };
  if (pointer === '/importDate') return <DateField {...common} />;
  return <Field {...common} {...(CAPITALS.test(name) && { autoCapitalize: 'characters' as const })} />;
}
