/** Subscriptions, the messages that wait for them or were fetched, and SMS. Changed by journalled facts alone. */
import type { KeptAnswer } from '../idempotency.ts';

/** Messages of each kind remembered; older ones are forgotten, so that load does not fill the memory. */
export const MESSAGE_LIMIT = 20_000;

export interface Subscription {
  id: string;
  /** Uncompressed P-256 point and its private part, base64url. */
  p256dh: string;
  privateKey: string;
  /** Authentication secret (RFC 8291), base64url. */
  auth: string;
  /** The only sender that it takes messages from, when restricted (RFC 8292 §4). */
  applicationServerKey?: string | undefined;
}

export interface PushMessage {
  id: string;
  subscriptionId: string;
  at: string;
  headers: Record<string, unknown>;
  /** Base64. */
  body: string;
  ttlSeconds: number;
  topic?: string | undefined;
  delivered: boolean;
}

export interface Sms {
  messageId: string;
  to: string;
  text: string;
  at: string;
}

export type Fact =
  | { type: 'subscribed'; subscription: Subscription }
  | { type: 'unsubscribed'; id: string }
  | { type: 'pushed'; message: PushMessage }
  | { type: 'fetched'; ids: string[] }
  | { type: 'sms'; key: string; answer: KeptAnswer; sms: Sms };

export class PushState {
  readonly subscriptions = new Map<string, Subscription>();
  /** Ended ones; what came before can still be read. */
  readonly ended = new Set<string>();
  readonly answers = new Map<string, KeptAnswer>();
  readonly sms: Sms[] = [];
  private readonly messages = new Map<string, PushMessage>();
  /** Of the messages kept, by subscription, oldest first. */
  private readonly bySubscription = new Map<string, PushMessage[]>();

  apply(fact: Fact): void {
    switch (fact.type) {
      case 'subscribed':
        this.subscriptions.set(fact.subscription.id, fact.subscription);
        break;
      case 'unsubscribed':
        this.ended.add(fact.id);
        break;
      case 'pushed':
        this.push(fact.message);
        break;
      case 'fetched':
        for (const message of fact.ids.flatMap((id) => this.messages.get(id) ?? [])) message.delivered = true;
        break;
      case 'sms':
        this.answers.set(fact.key, fact.answer);
        this.sms.push(fact.sms);
        if (this.sms.length > MESSAGE_LIMIT) this.sms.shift();
    }
  }

  /** Messages of one subscription, or all; those whose time ran out before they were fetched are gone. */
  messagesOf(subscriptionId: string | undefined, now: number): PushMessage[] {
    const all =
      subscriptionId === undefined ? this.messages.values() : this.bySubscription.get(subscriptionId);
    return [...(all ?? [])].filter(
      ({ delivered, at, ttlSeconds }) => delivered || Date.parse(at) + ttlSeconds * 1000 > now,
    );
  }

  /** A topic replaces the message of the same topic that was not fetched yet (RFC 8030 §5.4). */
  private push(message: PushMessage): void {
    const { subscriptionId, topic } = message;
    const waiting = this.bySubscription.get(subscriptionId) ?? [];
    const replaced = waiting.find(
      (other) => topic !== undefined && other.topic === topic && !other.delivered,
    );
    if (replaced) this.remove(replaced);
    this.messages.set(message.id, message);
    const kept = this.bySubscription.get(subscriptionId);
    if (kept) kept.push(message);
    else this.bySubscription.set(subscriptionId, [message]);
    const [oldest] = this.messages.values();
    if (oldest && this.messages.size > MESSAGE_LIMIT) this.remove(oldest);
  }

  private remove({ id, subscriptionId }: PushMessage): void {
    this.messages.delete(id);
    const left = (this.bySubscription.get(subscriptionId) ?? []).filter((message) => message.id !== id);
    if (left.length > 0) this.bySubscription.set(subscriptionId, left);
    else this.bySubscription.delete(subscriptionId);
  }
}
