/**
 * What was filled in so far: of this tab only, and gone with it (`sessionStorage`). An ID number never lies in what a
 * browser keeps for good.
 */
import type { Identity } from '../../api/types.ts';
import { PATHS } from '../../paths.ts';
import { createStore } from '../../store.ts';
import { type BirthDateParts, partsOfDate } from './birth-date.ts';

export const STEPS = ['notice', 'id', 'person', 'phone', 'operator', 'network'] as const;
export type Step = (typeof STEPS)[number];

export const stepPath = (step: Step): string => PATHS.registerStep.replace(':step', step);

/** Somebody new or after a loss · another phone number · the same again, because the operator has to be asked anew. */
export const PURPOSES = ['new', 'phone', 'verify'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** What is known already is not asked again. */
export const STEPS_OF: Readonly<Record<Purpose, readonly Step[]>> = {
  new: STEPS,
  phone: ['notice', 'phone', 'operator', 'network'],
  verify: ['notice', 'operator', 'network'],
};

export interface Draft {
  purpose: Purpose;
  /** Version of the notice that was read. */
  noticeVersion?: string;
  idNumber: string;
  name: string;
  birthDate: BirthDateParts;
  phone: string;
  operator?: string;
  /** What the API minded, by step. */
  refused?: Partial<Record<Step, string>>;
}

export const EMPTY: Draft = {
  purpose: 'new',
  idNumber: '',
  name: '',
  birthDate: { year: '', month: '', day: '' },
  phone: '',
};

const KEY = 'registration';

export const draft = createStore<Draft>(read());

function read(): Draft {
  try {
    return { ...EMPTY, ...(JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Draft>) };
  } catch {
    return EMPTY;
  }
}

export function changeDraft(change: Partial<Draft>): void {
  const next = { ...draft.get(), ...change };
  sessionStorage.setItem(KEY, JSON.stringify(next));
  draft.set(next);
}

export function forgetDraft(): void {
  sessionStorage.removeItem(KEY);
  draft.set(EMPTY);
}

/** Begins with what is known of the person; the number is asked for where it is another. */
export function beginAs(purpose: Purpose, { idNumber, name, birthDate, phone }: Identity): void {
  forgetDraft();
  changeDraft({
    purpose,
    idNumber,
    name,
    birthDate: partsOfDate(birthDate),
    phone: purpose === 'phone' ? '' : phone,
  });
}
