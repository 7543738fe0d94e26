import { markSent } from '../db/poa/notifications.ts';
import { transaction } from '../db/pool.ts';
import {
  bindIdentity,
  declarationsWaitingFor,
  dropEarlierDevices,
  undoBinding,
} from '../db/registration/binding.ts';
import { lockIdentity } from '../db/registration/claim.ts';
import { earlierDevices, registrationNotification } from '../db/registration/notifications.ts';
import { lockRegistrationRow, type RegistrationRow } from '../db/registration/process-row.ts';
import { verificationOf } from '../db/registration/verification.ts';
import { customsKey } from '../domain/ids.ts';
import type { RegistrationFence, RegistrationView } from '../domain/registration-view.ts';
import type { IdentityFiling } from '../gateways/customs.ts';
import { tellIdentityEnd } from '../gateways/identity-end.ts';
import { attempt } from './attempt.ts';
import { tellDevices } from './registration-devices.ts';
import { inRegistration, type RegistrationDeps, type RegistrationStep } from './registration-step.ts';

/** R4, and whom it concerns. */
export function createRegistrationCustomsActivities(deps: RegistrationDeps) {
  return {
    /** R4: Customs sets up its database file; with that the identity is bound. */
    async fileIdentity({ fence }: { fence: RegistrationFence }): Promise<RegistrationView> {
      const { result: task, view } = await inRegistration(deps, fence, filingTask);
      if (!task) return view;
      const { callMs, signal } = attempt();
      const filing = await deps.customs.putIdentity(fence.registrationId, task.body, {
        idempotencyKey: customsKey.identity(fence.registrationId),
        timeoutMs: callMs,
        signal,
      });
      return recordFiling(deps, fence, task.row, filing);
    },

    /**
     * Best effort: declarations that wait for this person go on at once (the reconciliation finds those that did not
     * hear), and the devices that the person had before are told.
     */
    async announceBinding({ fence }: { fence: RegistrationFence }): Promise<void> {
      const row = await transaction(deps.db.pool, (client) => lockRegistrationRow(client, fence));
      if (row.status !== 'bound') return;
      const waiting = await declarationsWaitingFor(deps.db.pool, row.phoneIndex);
      await Promise.allSettled(waiting.map((declarationId) => deps.processes.lookAgain(declarationId)));
      if (row.recovery) await tellEarlierDevices(deps, row);
    },
  };
}

interface FilingTask {
  row: RegistrationRow;
  body: object;
}

/** The same members in the same order each time: every attempt sends the same bytes. */
async function filingTask({ row, person }: RegistrationStep): Promise<FilingTask | null> {
  if (row.status !== 'binding') return null;
  const { verifiedAt, ...verification } = verificationOf(row);
  const { idNumber, idType, name, birthDate, phone } = person;
  const body = { idNumber, idType, name, birthDate, phone, verifiedAt, verification };
  return { row: { ...row }, body };
}

async function recordFiling(
  deps: RegistrationDeps,
  fence: RegistrationFence,
  { idIndex, phoneIndex, subjectId, recovery }: RegistrationRow,
  filing: IdentityFiling,
): Promise<RegistrationView> {
  const { result: noticeId, view } = await inRegistration(
    deps,
    fence,
    async ({ client, row, person }) => {
      if (row.status !== 'binding') return null;
      if (filing.kind === 'filed') return bindIdentity(client, deps.db.keys, row, person, filing.fileNumber);
      await undoBinding(client, row);
      return null;
    },
    (client) => lockIdentity(client, { idIndex, phoneIndex }),
  );
  // Its row is gone; should this not come about, the key is swept like any without a row.
  if (view.status === 'refused' && subjectId && !recovery) await deps.db.keys.destroy(subjectId);
  if (noticeId) await tellIdentityEnd(deps.processes, { noticeId, declarationIds: [], registrationIds: [] });
  return view;
}

/** After a hold those devices hold nothing any more, and are told so for the last time. */
async function tellEarlierDevices(deps: RegistrationDeps, row: RegistrationRow): Promise<void> {
  const { pool, keys } = deps.db;
  const devices = await earlierDevices(pool, keys, row);
  if (devices.length === 0) return;
  const notificationId = await registrationNotification(pool, row, 'recovered');
  const sent = await tellDevices(deps, devices, { notificationId, kind: 'recovered' });
  await markSent(pool, notificationId, sent);
  if (row.holdUntil) await dropEarlierDevices(pool, row);
}
