import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTE } from '../domain/messages.ts';
import type { RegistrationStatus } from '../domain/registration-state.ts';
import type { RegistrationView } from '../domain/registration-view.ts';

const STATUS = defineSearchAttributeKey(SEARCH_ATTRIBUTE.status, SearchAttributeType.KEYWORD);

const PLAIN: Record<RegistrationStatus, string> = {
  awaiting_telecom: 'R1: the importer is to open the authorization page of the telecom operator.',
  verifying: 'R2, R3: the telecom operator verifies the SIM, then the person.',
  binding: 'R4: verified; Customs is to set up its database file.',
  bound: 'Bound: identity and phone are registered, Customs has its file.',
  refused: 'Refused.',
  abandoned: 'Abandoned: nobody came back from the operator in time.',
};

/** Tells the registration's story in the Web UI; costs nothing in history. */
export function tellRegistration({ status, reason, hold }: RegistrationView): void {
  const lines = [
    PLAIN[status],
    ...(reason ? [`Reason: \`${reason}\`.`] : []),
    ...(hold
      ? [`The person is told on their old number and may object until ${new Date(hold.until).toISOString()}.`]
      : []),
  ];
  setCurrentDetails(lines.join('\n\n'));
}

/** The end, also where operators filter: written once, in the last task. */
export function tellEnd(view: RegistrationView): void {
  tellRegistration(view);
  upsertSearchAttributes([{ key: STATUS, value: view.status }]);
}
