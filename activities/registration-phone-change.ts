import { channelsOf, markSent } from '../db/poa/notifications.ts';
import { earlierDevices, registrationNotification } from '../db/registration/notifications.ts';
import { beginHold, holderIsTold } from '../db/registration/phone-change.ts';
import type { RegistrationRow } from '../db/registration/process-row.ts';
import type { RegistrationFence, RegistrationView } from '../domain/registration-view.ts';
import { attempt } from './attempt.ts';
import { claim, claimTask } from './registration-claim.ts';
import { tellDevices } from './registration-devices.ts';
import { inRegistration, type RegistrationDeps, type RegistrationStep } from './registration-step.ts';
import { phoneChangeText } from './sms-text.ts';

/** A change of phone that no passkey vouches for: the person is told on the old number, and can say that it is not them. */
export function createPhoneChangeActivities(deps: RegistrationDeps) {
  return {
    /**
     * SMS to the old number, push to the devices. The hold counts from when the SMS was taken: whoever cannot be told is
     * not moved.
     */
    async tellHolder({ fence }: { fence: RegistrationFence }): Promise<RegistrationView> {
      const { result: task, view } = await inRegistration(deps, fence, tellingTask);
      if (!task) return view;
      const { row, notificationId } = task;
      const devices = await earlierDevices(deps.db.pool, deps.db.keys, row);
      await Promise.all([
        sendSms(deps, row, notificationId),
        tellDevices(deps, devices, { notificationId, kind: 'phone-change' }),
      ]);
      const told = await inRegistration(deps, fence, async (step) => {
        if (await holderIsTold(step.client, step.row.registrationId)) return;
        await markSent(step.client, notificationId, true);
        await beginHold(step.client, step.row, deps.settings.phoneChangeHoldMs);
      });
      return told.view;
    },

    /** The hold is over, or the person objects: bound, or refused. Before its time by the database's clock: nothing. */
    async endHold({ fence }: { fence: RegistrationFence }): Promise<RegistrationView> {
      const { result: task, view } = await inRegistration(deps, fence, claimTask);
      return task ? claim(deps, fence, task) : view;
    },
  };
}

interface TellingTask {
  row: RegistrationRow;
  notificationId: string;
}

async function tellingTask({ client, row }: RegistrationStep): Promise<TellingTask | null> {
  if (row.status !== 'verifying' || !row.holdUntil || row.objectedAt) return null;
  if (await holderIsTold(client, row.registrationId)) return null;
  return { row: { ...row }, notificationId: await registrationNotification(client, row, 'phone-change') };
}

/** To the number that the identity is bound to. Nobody is told when its data are gone: it has ended. */
async function sendSms(
  { db, sms, settings }: RegistrationDeps,
  { subjectId }: RegistrationRow,
  notificationId: string,
): Promise<void> {
  const channels = subjectId && (await channelsOf(db.pool, db.keys, subjectId));
  if (!channels) return;
  const { callMs, signal } = attempt();
  await sms.send(channels.phone, phoneChangeText(settings.publicUrl), {
    idempotencyKey: notificationId,
    timeoutMs: callMs,
    signal,
  });
}
