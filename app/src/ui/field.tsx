import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { classes } from './classes.ts';

interface Common {
  /** Made up when left out. */
  id?: string;
  label: string;
  /** What to write, before it is written. */
  hint?: ComponentChildren;
  /** What is wrong with it, and how to mend it. */
  error?: string | undefined;
  /** What is known about it now (told politely to screen readers). */
  status?: ComponentChildren;
}

/** Those attributes of the elements that a form of ours needs. */
interface Writing {
  name?: string;
  value: string;
  onValue: (value: string) => void;
  onBlur?: () => void;
  autoComplete?: string;
  maxLength?: number;
  required?: boolean;
  lang?: string;
}

interface InputProps extends Common, Writing {
  inputMode?: 'text' | 'numeric' | 'tel';
  autoCapitalize?: 'characters' | 'off';
  spellcheck?: boolean;
}

interface AreaProps extends Common, Writing {
  rows?: number;
}

/** One line to fill in, with its label, hint and error. */
export function Field({ id: given, label, hint, error, status, onValue, ...input }: InputProps) {
  const own = useId();
  const id = given ?? own;
  return (
    <FieldFrame {...{ id, label, hint, error, status }}>
      <input
        {...input}
        type="text"
        id={id}
        class="input"
        onInput={(event) => onValue(event.currentTarget.value)}
        {...described(id, { hint, error, status })}
      />
    </FieldFrame>
  );
}

/** A day of the calendar (`2026-11-24`, or empty), with the phone's own way of choosing one. */
export function DateField({ id: given, label, hint, error, status, onValue, ...input }: Common & Writing) {
  const own = useId();
  const id = given ?? own;
  return (
    <FieldFrame {...{ id, label, hint, error, status }}>
      <input
        {...input}
        type="date"
        id={id}
        class="input"
        onInput={(event) => onValue(event.currentTarget.value)}
        {...described(id, { hint, error, status })}
      />
    </FieldFrame>
  );
}

/** Several lines to fill in. */
export function TextArea({ id: given, label, hint, error, status, onValue, ...area }: AreaProps) {
  const own = useId();
  const id = given ?? own;
  return (
    <FieldFrame {...{ id, label, hint, error, status }}>
      <textarea
        {...area}
        id={id}
        class="input"
        onInput={(event) => onValue(event.currentTarget.value)}
        {...described(id, { hint, error, status })}
      />
    </FieldFrame>
  );
}

interface FrameProps extends Omit<Common, 'id'> {
  id: string;
  children: ComponentChildren;
}

function FieldFrame({ id, label, hint, error, status, children }: FrameProps) {
  return (
    <div class={classes('field', error !== undefined && 'field-wrong')}>
      <label for={id}>{label}</label>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children}
      <p class="field-error" id={`${id}-error`} aria-live="polite">
        {error}
      </p>
      {status !== undefined && (
        <p class="field-status" id={`${id}-status`} aria-live="polite">
          {status}
        </p>
      )}
    </div>
  );
}

function described(id: string, { hint, error, status }: Pick<Common, 'hint' | 'error' | 'status'>) {
  const parts = [
    hint !== undefined && `${id}-hint`,
    error !== undefined && `${id}-error`,
    status !== undefined && `${id}-status`,
  ].filter(Boolean);
  return {
    ...(parts.length > 0 && { 'aria-describedby': parts.join(' ') }),
    ...(error !== undefined && { 'aria-invalid': 'true' as const }),
  };
}
