import { currentTry, takeRedirects } from '../db/registration/authorizations.ts';
import { enterStatus, openRegistrationRow, registrationView } from '../db/registration/process-row.ts';
import type {
  RegistrationFence,
  RegistrationOpening,
  RegistrationView,
} from '../domain/registration-view.ts';
import { processNotFound } from './guard.ts';
import { createRegistrationCustomsActivities } from './registration-customs.ts';
import { createPhoneChangeActivities } from './registration-phone-change.ts';
import { inRegistration, type RegistrationDeps, type RegistrationStep } from './registration-step.ts';
import { createRegistrationTelecomActivities } from './registration-telecom.ts';

/** Every effect of the registration process, by counterpart. */
export const createRegistrationActivities = (deps: RegistrationDeps) => ({
  ...createRegistrationRecordActivities(deps),
  ...createRegistrationTelecomActivities(deps),
  ...createPhoneChangeActivities(deps),
  ...createRegistrationCustomsActivities(deps),
});

export type RegistrationActivities = ReturnType<typeof createRegistrationActivities>;

function createRegistrationRecordActivities(deps: RegistrationDeps) {
  return {
    /** Takes up the registration where it stands. */
    async openRegistration({ registrationId }: { registrationId: string }): Promise<RegistrationOpening> {
      const row = await openRegistrationRow(deps.db.pool, registrationId);
      if (!row) throw processNotFound();
      return { epoch: row.epoch, view: await registrationView(deps.db.pool, row) };
    },

    /** R1: the operator's redirect came, or the time for it is over, or there is a newer try. */
    async takeUpRedirect({ fence }: { fence: RegistrationFence }): Promise<RegistrationView> {
      const { view } = await inRegistration(deps, fence, takeUpRedirect);
      return view;
    },
  };
}

async function takeUpRedirect({ client, row }: RegistrationStep): Promise<void> {
  if (row.status !== 'awaiting_telecom') return;
  const redirect = await takeRedirects(client, row.registrationId);
  if (redirect?.code) return enterStatus(row, 'verifying');
  if (redirect) return enterStatus(row, 'awaiting_telecom', redirect.error);
  const { over } = await currentTry(client, row.registrationId);
  if (over) enterStatus(row, 'abandoned');
}
