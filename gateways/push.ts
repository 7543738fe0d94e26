/** Web Push (RFC 8030, 8188, 8291, 8292): wakes the app on the importer's devices. */
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import webPush from 'web-push';
import { z } from 'zod';
import { type CallLimits, GatewayUnavailable } from './http.ts';
import { AddressRefused, publicLookup } from './public-address.ts';
import { endOnUpgrade } from './upgrade.ts';

/** All that a push says; the app fetches the rest after its person logged in. No personal data. */
export interface PushPayload {
  notificationId: string;
  declarationId?: string;
  kind: 'ask' | 'reminder' | 'withdrawn' | 'recovered' | 'phone-change';
  /** Of a manifest's parcels for one person: others wait, too. */
  several?: boolean;
}

export interface PushOptions extends CallLimits {
  /** Notification id: a newer message of the same topic replaces one not yet delivered. */
  topic: string;
  ttlSeconds: number;
  urgency: 'normal' | 'high';
}

export interface PushGateway {
  /**
   * `gone`: this subscription will never work again. Throws `GatewayUnavailable` when the push service did not take the
   * message.
   */
  send(subscription: unknown, payload: PushPayload, options: PushOptions): Promise<'accepted' | 'gone'>;
}

export interface PushSettings {
  publicKey: string;
  privateKey: string;
  subject: string;
  /** Sandbox only: endpoints on the loopback, over plain HTTP. */
  allowInsecure: boolean;
}

const COUNTERPART = 'push service';

const subscriptionSchema = z.object({
  endpoint: z.url(),
  keys: z.object({ p256dh: z.string(), auth: z.string() }),
});

export function createPushGateway({ allowInsecure, ...vapidDetails }: PushSettings): PushGateway {
  return {
    async send(subscription, payload, options) {
      const parsed = subscriptionSchema.safeParse(subscription);
      if (!parsed.success) return 'gone';
      const details = encrypt(parsed.data, payload, options, vapidDetails);
      if (!details) return 'gone';
      const url = new URL(parsed.data.endpoint);
      try {
        const lookup = allowInsecure ? undefined : await publicLookup(url);
        return verdict(await post(url, details, lookup, options));
      } catch (error) {
        if (error instanceof AddressRefused) return 'gone';
        if (error instanceof GatewayUnavailable || options.signal?.aborted) throw error;
        throw new GatewayUnavailable(COUNTERPART, isTimeout(error) ? 'time-out' : 'network');
      }
    },
  };
}

type Details = Pick<webPush.RequestDetails, 'headers' | 'body'>;

/** The encrypted message, or null when the subscription's keys are none. */
function encrypt(
  subscription: webPush.PushSubscription,
  payload: PushPayload,
  { topic, ttlSeconds, urgency }: PushOptions,
  vapidDetails: Omit<PushSettings, 'allowInsecure'>,
): Details | null {
  try {
    return webPush.generateRequestDetails(subscription, JSON.stringify(payload), {
      vapidDetails,
      TTL: ttlSeconds,
      urgency,
      // At most 32 characters of the base64url alphabet (RFC 8030 §5.4): a UUID without its dashes.
      topic: topic.replaceAll('-', ''),
      contentEncoding: 'aes128gcm',
    });
  } catch {
    return null;
  }
}

/** Sends without following redirects; the body of the answer is of no interest. */
function post(
  url: URL,
  { headers, body }: Details,
  lookup: LookupFunction | undefined,
  { timeoutMs, signal }: CallLimits,
): Promise<number> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.request(
      url,
      {
        method: 'POST',
        headers,
        signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
        ...(lookup && { lookup }),
      },
      (response) => {
        response.destroy();
        resolve(response.statusCode ?? 0);
      },
    );
    endOnUpgrade(request, resolve);
    request.on('error', (error) => reject(timeout.aborted ? timeout.reason : error));
    request.end(body);
  });
}

/** 404 and 410: the subscription has ended (RFC 8030 §7.3). Others may be our own mistake: nothing is thrown away. */
function verdict(status: number): 'accepted' | 'gone' {
  if (status >= 200 && status < 300) return 'accepted';
  if (status === 404 || status === 410) return 'gone';
  throw new GatewayUnavailable(COUNTERPART, 'status', status);
}

const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError';
