import { ApiProblem, api } from '../../api/client.ts';
import { withFreshLogin } from '../../api/recent.ts';
import type { RegistrationCreated, RegistrationRequest } from '../../api/types.ts';
import { locale } from '../../i18n/index.ts';
import { readBirthDate, taiwanToday } from './birth-date.ts';
import type { Draft, Step } from './draft.ts';

/** Where a member of the request is filled in. */
const STEP_OF: Readonly<Record<string, Step>> = {
  idNumber: 'id',
  name: 'person',
  birthDate: 'person',
  phone: 'phone',
  operator: 'operator',
  noticeVersion: 'notice',
  locale: 'notice',
};

export type Submitted =
  /** The operator's page, where the SIM speaks. */
  | { kind: 'go'; authorizationUrl: string }
  /** What the API minds, by step. */
  | { kind: 'refused'; refused: Partial<Record<Step, string>> };

/** R1. A change of phone takes effect at once only right after a passkey login. Throws as `api` and `logIn`. */
export async function submit(draft: Draft): Promise<Submitted> {
  const request = requestOf(draft);
  if (draft.purpose === 'phone') await withFreshLogin();
  try {
    const { authorizationUrl } = await api.post<RegistrationCreated>('/app/registrations', request);
    return { kind: 'go', authorizationUrl };
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== 'validation-failed') throw error;
    return { kind: 'refused', refused: stepsOf(error) };
  }
}

function requestOf({
  idNumber,
  name,
  birthDate,
  phone,
  operator,
  noticeVersion,
}: Draft): RegistrationRequest {
  const birth = readBirthDate(birthDate, taiwanToday());
  return {
    idNumber,
    name,
    birthDate: birth.state === 'ok' ? birth.date : '',
    phone,
    operator: operator ?? '',
    locale: locale(),
    noticeVersion: noticeVersion ?? '',
  };
}

const stepsOf = ({ errors }: ApiProblem): Partial<Record<Step, string>> =>
  Object.fromEntries(
    errors.flatMap(({ pointer, code }) => {
      const step = STEP_OF[pointer.split('/')[1] ?? ''];
      return step ? [[step, code]] : [];
    }),
  );
