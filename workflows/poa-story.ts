import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTE } from '../domain/messages.ts';
import { OPERATOR_STATUSES, type PoaStatus } from '../domain/poa-state.ts';
import type { PoaView } from '../domain/poa-view.ts';

const STATUS = defineSearchAttributeKey(SEARCH_ATTRIBUTE.status, SearchAttributeType.KEYWORD);
const DEADLINE = defineSearchAttributeKey(SEARCH_ATTRIBUTE.deadline, SearchAttributeType.DATETIME);

const PLAIN: Record<PoaStatus, string> = {
  received: 'Received from the broker or Customs.',
  lodging: 'P1: lodging the declaration with Customs.',
  awaiting_context: "P2: waiting for Customs' context of the declaration.",
  awaiting_registration: 'P3: nobody is registered with this phone; invited, waiting for the registration.',
  needs_correction: 'Waiting for the broker to correct the declaration.',
  awaiting_importer: 'P4: shown to the importer, waiting for the answer.',
  reporting: 'P5: settled; Customs has not acknowledged it yet.',
  needs_attention:
    'Customs contradicts our report. **An operator must resolve it** (`npm run admin -- poa resolve`).',
  confirmed: 'Confirmed by the importer; Customs has it.',
  declined: 'Declined by the importer; Customs has it. Open for an amendment.',
  repudiated: 'The importer says it is not theirs; Customs has it.',
  expired: 'No answer by the deadline; Customs has it.',
  unregistered: 'Nobody registered by the deadline; Customs has it.',
  cancelled: 'Taken back by the broker; Customs has it.',
};

/**
 * Tells the process's story in the Web UI. The text costs nothing in history; the search attribute does, so it is written
 * only where an operator filters: entering or leaving what needs somebody, and at the end.
 */
export function createStory() {
  let shown: PoaStatus = 'received';
  let deadline: number | null = null;
  return {
    tell(view: PoaView): void {
      setCurrentDetails(details(view));
      const changed = view.status !== shown && (view.finished || matters(view.status) || matters(shown));
      const moved = deadline !== null && deadline !== view.respondBy;
      deadline = view.respondBy;
      if (!changed && !moved) return;
      if (changed) shown = view.status;
      upsertSearchAttributes([
        ...(changed ? [{ key: STATUS, value: view.status }] : []),
        ...(moved ? [{ key: DEADLINE, value: new Date(view.respondBy) }] : []),
      ]);
    },
  };
}

const matters = (status: PoaStatus): boolean => OPERATOR_STATUSES.includes(status);

const details = ({ status, version, respondBy, attention }: PoaView): string =>
  [
    PLAIN[status],
    `Version ${version}, answer due ${new Date(respondBy).toISOString()}.`,
    ...(attention ? [`Reason: \`${attention}\`.`] : []),
  ].join('\n\n');
