import { dropSubscription, markSent } from '../db/poa/notifications.ts';
import {
  bindIdentity,
  declarationsWaitingFor,
  earlierDevices,
  noteRecovery,
  undoBinding,
} from '../db/registration/binding.ts';
import { lockIdentity, verificationOf } from '../db/registration/claim.ts';
import type { RegistrationRow } from '../db/registration/process-row.ts';
import { customsKey } from '../domain/ids.ts';
import type { RegistrationFence, RegistrationView } from '../domain/registration-view.ts';
import type { IdentityFiling } from '../gateways/customs.ts';
import { attempt } from './attempt.ts';
import { inRegistration, type RegistrationDeps, type RegistrationStep } from './registration-step.ts';

/** News of a recovery is of use to its person for a day, s. */
const RECOVERED_TTL_S = 24 * 3600;

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
     * hear), and after a recovery the person's other devices are told.
     */
    async announceBinding({ fence }: { fence: RegistrationFence }): Promise<void> {
      const { result: row } = await inRegistration(deps, fence, async ({ row: bound }) => ({ ...bound }));
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
  const { view } = await inRegistration(
    deps,
    fence,
    async ({ client, row, person }) => {
      if (row.status !== 'binding') return;
      if (filing.kind === 'refused') return undoBinding(client, row);
      await bindIdentity(client, deps.db.keys, row, person, filing.fileNumber);
    },
    (client) => lockIdentity(client, { idIndex, phoneIndex }),
  );
  // Its row is gone; should this not come about, the key is swept like any without a row.
  if (view.status === 'refused' && subjectId && !recovery) await deps.db.keys.destroy(subjectId);
  return view;
}

async function tellEarlierDevices(deps: RegistrationDeps, row: RegistrationRow): Promise<void> {
  const devices = await earlierDevices(deps.db.pool, deps.db.keys, row);
  if (devices.length === 0) return;
  await noteRecovery(deps.db.pool, row);
  const results = await Promise.allSettled(devices.map((device) => tellDevice(deps, row, device)));
  const failed = results.find((result) => result.status === 'rejected');
  // A quick try that was too quick says nothing about the push service: the regular attempt decides.
  if (failed && attempt().local) throw failed.reason;
  const sent = results.some((result) => result.status === 'fulfilled' && result.value === 'accepted');
  await markSent(deps.db.pool, row.registrationId, sent);
}

async function tellDevice(
  deps: RegistrationDeps,
  { registrationId }: RegistrationRow,
  { subscriptionId, subscription }: Awaited<ReturnType<typeof earlierDevices>>[number],
): Promise<'accepted' | 'gone'> {
  const { callMs, signal } = attempt();
  const result = await deps.push.send(
    subscription,
    { notificationId: registrationId, kind: 'recovered' },
    { topic: registrationId, ttlSeconds: RECOVERED_TTL_S, urgency: 'high', timeoutMs: callMs, signal },
  );
  if (result === 'gone') await dropSubscription(deps.db.pool, subscriptionId);
  return result;
}
