/** The two calls of an answer, and what their outcome means to `answer.ts`. */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';
import { ApiProblem, api, Offline } from '../api/client.ts';
import type { DecisionAnswer, Notice } from '../api/types.ts';
import { GestureCancelled, passkeysSupported, sign } from '../api/webauthn.ts';
import { locale } from '../i18n/index.ts';
import type { AnswerEvent, Words } from './answer.ts';

export type Assertion = AuthenticationResponseJSON;
type Event = AnswerEvent<Assertion>;

/** One gesture: the phone signs just these words, about just what was shown. */
export async function signWords(declarationId: string, words: Words, notice: Notice): Promise<Event> {
  if (!passkeysSupported()) return { type: 'refused', code: 'no-passkey' };
  try {
    const options = await api.post<PublicKeyCredentialRequestOptionsJSON>(
      `/app/declarations/${declarationId}/decision/options`,
      { ...words, noticeVersion: notice.version, locale: locale(), build: __BUILD__ },
    );
    return { type: 'signed', assertion: await sign(options) };
  } catch (error) {
    return error instanceof GestureCancelled ? { type: 'gesture-cancelled' } : eventOf(error);
  }
}

/** Sends a signed answer; the same one again is the same answer. */
export async function sendWords(declarationId: string, words: Words, assertion: Assertion): Promise<Event> {
  try {
    return meaningOf(await api.post(`/app/declarations/${declarationId}/decision`, { ...words, assertion }));
  } catch (error) {
    return eventOf(error);
  }
}

/** Without a verdict it is kept, and not yet judged. */
function meaningOf(answer: DecisionAnswer): Event {
  if (!('verdict' in answer)) return { type: 'kept' };
  const { verdict } = answer;
  return verdict === 'refused' ? { type: 'refused', code: 'not-counted' } : { type: 'judged', verdict };
}

/** Whatever does not say "refused" leaves open whether it arrived: it is to be tried again, never to be given up. */
function eventOf(error: unknown): Event {
  if (error instanceof Offline) return { type: 'unreachable', why: 'offline' };
  if (!(error instanceof ApiProblem)) return { type: 'refused', code: 'internal' };
  if (error.status === 401) return { type: 'unreachable', why: 'session' };
  if (error.status === 429 || error.status >= 500) return { type: 'unreachable', why: 'unavailable' };
  return { type: 'refused', code: error.code };
}
