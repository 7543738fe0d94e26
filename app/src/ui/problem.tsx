import { useEffect, useState } from 'preact/hooks';
import { ApiProblem, Offline } from '../api/client.ts';
import { GestureCancelled } from '../api/webauthn.ts';
import { hasWords, say, t } from '../i18n/core.ts';
import { Banner } from './banner.tsx';
import { Button } from './button.tsx';

type Kind =
  | 'offline'
  | 'unavailable'
  | 'rate'
  | 'not-found'
  | 'forbidden'
  | 'cancelled'
  | 'rejected'
  | 'other';

/** What a person has to know of an error. */
export function kindOf(error: unknown): Kind {
  if (error instanceof Offline) return 'offline';
  if (error instanceof GestureCancelled) return 'cancelled';
  if (!(error instanceof ApiProblem)) return 'other';
  if (error.status === 429) return 'rate';
  if (error.status === 404) return 'not-found';
  if (error.code === 'assertion-rejected') return 'rejected';
  if (error.code === 'challenge-expired') return 'cancelled';
  if (error.status === 403) return 'forbidden';
  return error.status === 503 || error.code === 'temporarily-unavailable' ? 'unavailable' : 'other';
}

interface ProblemProps {
  error: unknown;
  retry?: () => void;
  /** Texts of a code's own, tried first: `<prefix>.<code>.title` and `.body`. */
  prefix?: string;
}

/** Why it did not work, and what to do; after a 429 the button waits as long as it must. */
export function ProblemBanner({ error, retry, prefix }: ProblemProps) {
  const waitS = useCountdown(error instanceof ApiProblem ? error.retryAfterS : undefined, error);
  const { title, body } = textsOf(error, prefix);
  return (
    <div class="stack">
      <Banner kind={kindOf(error) === 'cancelled' ? 'warn' : 'danger'} title={say(title)} alert>
        {say(body, { n: waitS })}
      </Banner>
      {retry && (
        <Button kind="secondary" onClick={retry} disabled={waitS > 0}>
          {t('action.retry')}
        </Button>
      )}
    </div>
  );
}

function textsOf(error: unknown, prefix: string | undefined): { title: string; body: string } {
  const own = error instanceof ApiProblem && prefix ? `${prefix}.${error.code}` : '';
  const [title, body] = [`${own}.title`, `${own}.body`];
  if (hasWords(title) && hasWords(body)) return { title, body };
  const kind = kindOf(error);
  return { title: `problem.${kind}.title`, body: `problem.${kind}.body` };
}

/** Seconds left; starts anew with every error. */
function useCountdown(seconds = 0, key: unknown): number {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    setLeft(seconds);
    const timer = setInterval(() => setLeft((now) => Math.max(0, now - 1)), 1000);
    return () => clearInterval(timer);
  }, [seconds, key]);
  return left;
}
