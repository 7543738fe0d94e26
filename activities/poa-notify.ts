import type { PoolClient } from 'pg';
import { type Asked, askConsignee, type Notification } from '../db/poa/asking.ts';
import {
  channelsOf,
  createNotification,
  dropSubscription,
  markSent,
  type SubscriptionRow,
  unsentNotifications,
} from '../db/poa/notifications.ts';
import type { ProcessRow } from '../db/poa/process-row.ts';
import { mayRing } from '../db/poa/ringing.ts';
import { readVersion } from '../db/poa/version.ts';
import { viewOf } from '../db/poa/view.ts';
import type { PoaFence, PoaView } from '../domain/poa-view.ts';
import { GatewayUnavailable } from '../gateways/http.ts';
import { attempt } from './attempt.ts';
import { inStep, type PoaDeps } from './poa-step.ts';
import { type SmsKind, smsText } from './sms-text.ts';

/** A push is worth nothing once the answer is due; at most this, s (RFC 8030 §5.2). */
const PUSH_TTL_S = 3 * 24 * 3600;

export type Nudge = 'sms' | 'reminder' | 'deliver';

/** P3: what tells the person. */
export function createPoaNotifyActivities(deps: PoaDeps) {
  return {
    /** Finds the consignee, shows them the version in force and tells them; or invites them to register. */
    async ask({ fence }: { fence: PoaFence }): Promise<PoaView> {
      const { result, view } = await inStep(deps, fence, async ({ client, key, row }) => {
        const asked = MAY_ASK.has(row.status) ? await askConsignee(client, deps.db.keys, key, row) : null;
        return { asked, version: row.version };
      });
      const told =
        result.asked &&
        (await tell(deps, { declarationId: fence.declarationId, version: result.version }, result.asked));
      return told === false ? refreshed(deps, fence) : view;
    },

    /** What is due towards the person who has not answered: an SMS, a reminder, or what no channel took before. */
    async nudge({ fence, nudge }: { fence: PoaFence; nudge: Nudge }): Promise<PoaView> {
      const { result: due } = await inStep(deps, fence, ({ client, key, row }) =>
        dueMessages(deps, client, key, row, nudge),
      );
      for (const message of due) await deliver(deps, message);
      return refreshed(deps, fence);
    },
  };
}

/** Statuses from which the consignee is looked for; after a binding ended, anew. */
const MAY_ASK: ReadonlySet<string> = new Set([
  'received',
  'lodging',
  'awaiting_context',
  'awaiting_registration',
  'awaiting_importer',
]);

const refreshed = async (deps: PoaDeps, fence: PoaFence): Promise<PoaView> =>
  (await inStep(deps, fence, async () => null)).view;

/** One message and whom it goes to. */
interface Message {
  declarationId: string;
  version: number;
  notification: Notification;
  to: { subjectId: string } | { phone: string };
  /** It tells of others that wait, too. */
  several?: boolean;
}

async function dueMessages(
  deps: PoaDeps,
  client: PoolClient,
  key: Buffer,
  row: ProcessRow,
  nudge: Nudge,
): Promise<Message[]> {
  const { declarationId, version, subjectId } = row;
  const about = { declarationId, version };
  if (row.status === 'awaiting_registration' && nudge === 'deliver') {
    const { content } = await readVersion(client, key, declarationId, version);
    const unsent = await unsentNotifications(client, row);
    return unsent.map((notification) => ({ ...about, notification, to: { phone: content.importer.phone } }));
  }
  if (row.status !== 'awaiting_importer' || !subjectId) return [];
  const to = { subjectId };
  if (nudge === 'deliver') {
    const unsent = await unsentNotifications(client, row);
    return unsent.map((notification) => ({ ...about, notification, to }));
  }
  const { nudges } = await viewOf(client, row, deps.settings);
  const wanted = nudge === 'sms' ? nudges.smsAt : nudges.reminderAt;
  const notification = wanted === null ? null : await createNotification(client, row, subjectId, nudge);
  return notification ? [{ ...about, notification, to }] : [];
}

/** Tells whoever was found; false when no channel took it. */
export async function tell(
  deps: PoaDeps,
  about: { declarationId: string; version: number },
  asked: Asked,
): Promise<boolean | null> {
  if (asked.kind === 'asked' && asked.notification) {
    return deliver(deps, { ...about, notification: asked.notification, to: { subjectId: asked.subjectId } });
  }
  if (asked.kind === 'not-registered' && asked.invitation) {
    return deliver(deps, { ...about, notification: asked.invitation, to: { phone: asked.phone } });
  }
  return null;
}

/**
 * Sends one message: push first, SMS where push reaches nobody. Records whether any channel took it. Whoever was rung often enough
 * finds it in their inbox, as all else that waits.
 */
async function deliver(deps: PoaDeps, message: Message): Promise<boolean> {
  const { notification, to } = message;
  const sent = 'phone' in to ? await sms(deps, message, to.phone) : await ring(deps, message, to.subjectId);
  if (sent !== 'held-back') await markSent(deps.db.pool, notification.notificationId, sent);
  return sent !== false;
}

async function ring(deps: PoaDeps, message: Message, subjectId: string): Promise<boolean | 'held-back'> {
  const ringing = await mayRing(deps.db.pool, { ...message, subjectId }, deps.settings.messagesPerHour);
  if (ringing === 'held-back') return ringing;
  return reach(deps, { ...message, several: ringing === 'rings-for-several' }, subjectId);
}

async function reach(deps: PoaDeps, message: Message, subjectId: string): Promise<boolean> {
  const channels = await channelsOf(deps.db.pool, deps.db.keys, subjectId);
  if (!channels) return false;
  const { kind } = message.notification;
  if (isPushed(kind) && (await push(deps, message, kind, channels.subscriptions))) return true;
  if (kind === 'withdrawn') return false;
  if (kind === 'ask') return smsInstead(deps, message, subjectId, channels.phone);
  return sms(deps, message, channels.phone);
}

/** No working subscription: the SMS goes out at once, and its row says that it did. */
async function smsInstead(
  deps: PoaDeps,
  message: Message,
  subjectId: string,
  phone: string,
): Promise<boolean> {
  const notification = await createNotification(deps.db.pool, message, subjectId, 'sms');
  if (!notification) return true;
  const sent = await sms(deps, { ...message, notification }, phone);
  await markSent(deps.db.pool, notification.notificationId, sent);
  return sent;
}

type PushedKind = Extract<Notification['kind'], 'ask' | 'reminder' | 'withdrawn'>;
const isPushed = (kind: Notification['kind']): kind is PushedKind => kind !== 'sms' && kind !== 'invitation';

/** Whether any of the person's devices' push services took it. */
async function push(
  deps: PoaDeps,
  message: Message,
  kind: PushedKind,
  subscriptions: SubscriptionRow[],
): Promise<boolean> {
  const results = await Promise.all(subscriptions.map((to) => pushTo(deps, message, kind, to)));
  return results.includes(true);
}

async function pushTo(
  deps: PoaDeps,
  { declarationId, notification: { notificationId }, several }: Message,
  kind: PushedKind,
  { subscriptionId, subscription }: SubscriptionRow,
): Promise<boolean> {
  const { local, callMs, signal } = attempt();
  try {
    const result = await deps.push.send(
      subscription,
      { notificationId, declarationId, kind, ...(several && { several }) },
      // A Topic has at most 32 characters (RFC 8030 §5.4): the id without its hyphens.
      {
        topic: notificationId.replaceAll('-', ''),
        ttlSeconds: PUSH_TTL_S,
        urgency: 'high',
        timeoutMs: callMs,
        signal,
      },
    );
    if (result === 'gone') await dropSubscription(deps.db.pool, subscriptionId);
    return result === 'accepted';
  } catch (error) {
    // A quick try that was too quick says nothing about the push service: the regular attempt decides.
    if (local || !(error instanceof GatewayUnavailable)) throw error;
    return false;
  }
}

async function sms(deps: PoaDeps, message: Message, phone: string): Promise<boolean> {
  const { declarationId, notification, several = false } = message;
  const { local, callMs, signal } = attempt();
  const text = smsText(notification.kind as SmsKind, deps.settings.publicUrl, several ? null : declarationId);
  try {
    await deps.sms.send(phone, text, {
      idempotencyKey: notification.notificationId,
      timeoutMs: callMs,
      signal,
    });
    return true;
  } catch (error) {
    if (local || !(error instanceof GatewayUnavailable)) throw error;
    return false;
  }
}

/** Best effort: what was asked is asked no more. The open page finds out by itself. */
export async function tellWithdrawn(
  deps: PoaDeps,
  declarationId: string,
  { subjectId, notification }: { subjectId: string; notification: Notification },
): Promise<void> {
  try {
    await deliver(deps, { declarationId, version: 0, notification, to: { subjectId } });
  } catch {
    await markSent(deps.db.pool, notification.notificationId, false);
  }
}
