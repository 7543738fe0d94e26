import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Option<T extends string> {
  value: T;
  label: ComponentChildren;
  hint?: ComponentChildren;
}

interface ChoiceProps<T extends string> {
  legend: ComponentChildren;
  hint?: ComponentChildren;
  error?: string | undefined;
  options: readonly Option<T>[];
  value: T | undefined;
  onChange: (value: T) => void;
  /** The legend is for screen readers alone: the screen's heading asks already. */
  quiet?: boolean;
}

/** One of a few, each a large target. */
export function Choice<T extends string>({
  legend,
  hint,
  error,
  options,
  value,
  onChange,
  quiet,
}: ChoiceProps<T>) {
  const id = useId();
  return (
    <fieldset class="choice" aria-describedby={error === undefined ? undefined : `${id}-error`}>
      <legend class={quiet ? 'visually-hidden' : undefined}>{legend}</legend>
      {hint !== undefined && <p class="hint">{hint}</p>}
      {options.map((option) => (
        <label class="choice-option" key={option.value}>
          <input
            type="radio"
            name={id}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span>
            {option.label}
            {option.hint !== undefined && <span class="hint">{option.hint}</span>}
          </span>
        </label>
      ))}
      <p class="field-error" id={`${id}-error`} aria-live="polite">
        {error}
      </p>
    </fieldset>
  );
}
