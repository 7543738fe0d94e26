import type { Identity } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { t } from '../../i18n/index.ts';
import { PATHS } from '../../paths.ts';
import { navigate } from '../../router.ts';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { beginAs, type Purpose, stepPath } from './draft.ts';

/** What asking the operator anew mends; any other suspension is not in the person's hands. */
const MENDED: Readonly<Record<string, Purpose>> = { 'sim-swapped': 'verify', 'number-recycled': 'phone' };

export const isMended = ({ suspensionReason }: Identity): boolean => (suspensionReason ?? '') in MENDED;

/** Begins the verification that lifts the suspension. */
export function verifyAgain(identity: Identity): void {
  beginAs(MENDED[identity.suspensionReason ?? ''] ?? 'verify', identity);
  navigate(stepPath('notice'));
}

/** The way out of a suspension, wherever one is met: to be verified anew, else to what is known of it. */
export function VerifyAgain({ kind = 'primary' }: { kind?: 'primary' | 'secondary' }) {
  const identity = useResource<Identity>('/app/identity');
  if (identity.state === 'ready' && isMended(identity.data)) {
    return (
      <Button kind={kind} onClick={() => verifyAgain(identity.data)}>
        {t('me.suspended.verify')}
      </Button>
    );
  }
  return (
    <ButtonLink kind={kind} href={PATHS.me}>
      {t('inbox.suspended.why')}
    </ButtonLink>
  );
}
