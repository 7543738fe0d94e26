import { dropSubscription } from '../db/poa/notifications.ts';
import type { EarlierDevice } from '../db/registration/notifications.ts';
import type { PushPayload } from '../gateways/push.ts';
import { attempt } from './attempt.ts';
import type { RegistrationDeps } from './registration-step.ts';

/** News of a registration are of use to its person for a day, s. */
const TTL_S = 24 * 3600;

/**
 * Tells the person's earlier devices, best effort; whether any push service took it. A quick try that was too quick says
 * nothing about a push service, and throws: the regular attempt decides.
 */
export async function tellDevices(
  deps: Pick<RegistrationDeps, 'db' | 'push'>,
  devices: readonly EarlierDevice[],
  payload: PushPayload,
): Promise<boolean> {
  const results = await Promise.allSettled(devices.map((device) => tellDevice(deps, device, payload)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed && attempt().local) throw failed.reason;
  return results.some((result) => result.status === 'fulfilled' && result.value === 'accepted');
}

async function tellDevice(
  { db, push }: Pick<RegistrationDeps, 'db' | 'push'>,
  { subscriptionId, subscription }: EarlierDevice,
  payload: PushPayload,
): Promise<'accepted' | 'gone'> {
  const { callMs, signal } = attempt();
  const result = await push.send(subscription, payload, {
    topic: payload.notificationId,
    ttlSeconds: TTL_S,
    urgency: 'high',
    timeoutMs: callMs,
    signal,
  });
  if (result === 'gone') await dropSubscription(db.pool, subscriptionId);
  return result;
}
