import { useState } from 'preact/hooks';
import type { Settings } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { hasMessage, t } from '../../i18n/index.ts';
import { useStore } from '../../store.ts';
import { Choice } from '../../ui/choice.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { changeDraft, draft } from './draft.ts';
import { StepScreen } from './step-screen.tsx';

/** Numbers move between operators, so the person is asked; the operator's answer decides. */
export function OperatorStep() {
  const { operator } = useStore(draft);
  const settings = useResource<Settings>('/app/settings');
  const [left, setLeft] = useState(false);
  const goOn = () => {
    setLeft(true);
    return operator !== undefined;
  };
  return (
    <StepScreen step="operator" title={t('register.operator.title')} check={goOn}>
      <Loaded resource={settings}>
        {({ operators }) => (
          <Choice
            legend={t('register.operator.legend')}
            hint={t('register.operator.hint')}
            options={operators.map(({ name }) => ({ value: name, label: operatorName(name) }))}
            value={operator}
            onChange={(value) => changeDraft({ operator: value })}
            error={left && operator === undefined ? t('register.operator.empty') : undefined}
          />
        )}
      </Loaded>
    </StepScreen>
  );
}

/** As people know it, where we have its name. */
export function operatorName(name: string): string {
  const key = `operator.${name}`;
  return hasMessage(key) ? t(key) : name;
}
