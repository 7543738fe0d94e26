import type { PoaStatus } from '../../../domain/poa-state.ts';
import { t } from '../i18n/index.ts';

/** What a status asks of the broker: something, nothing for now, nothing any more; and how it ended. */
const TONES: Readonly<Record<PoaStatus, 'act' | 'wait' | 'good' | 'bad' | 'over'>> = {
  received: 'wait',
  lodging: 'wait',
  awaiting_context: 'wait',
  awaiting_registration: 'wait',
  needs_correction: 'act',
  awaiting_importer: 'wait',
  reporting: 'wait',
  needs_attention: 'wait',
  confirmed: 'good',
  declined: 'act',
  repudiated: 'bad',
  expired: 'over',
  unregistered: 'over',
  cancelled: 'over',
};

/** Where a declaration stands, in words; the colour only helps. */
export function Status({ status }: { status: PoaStatus }) {
  return <span class={`status status-${TONES[status]}`}>{t(`status.${status}`)}</span>;
}
