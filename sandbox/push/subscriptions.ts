/** The handset's side of a subscription: its keys, and what it reads with them. */
import { createECDH, randomBytes, randomUUID } from 'node:crypto';
import { decrypt } from 'http_ece';
import type { PushMessage, Subscription } from './state.ts';

export function newSubscription(applicationServerKey: string | undefined): Subscription {
  const keys = createECDH('prime256v1');
  return {
    id: randomUUID(),
    p256dh: keys.generateKeys('base64url'),
    privateKey: keys.getPrivateKey('base64url'),
    auth: randomBytes(16).toString('base64url'),
    applicationServerKey,
  };
}

/** Handsets look again and again, and reading is the dear part. */
const read = new WeakMap<PushMessage, unknown>();

/** What the handset reads: JSON where it is JSON, else text; null when it cannot be read with its keys (RFC 8291). */
export function readMessage(subscription: Subscription | undefined, message: PushMessage): unknown {
  if (!subscription || message.body === '') return null;
  if (!read.has(message)) read.set(message, decrypted(subscription, message));
  return read.get(message);
}

function decrypted({ privateKey, auth }: Subscription, { body }: PushMessage): unknown {
  const keys = createECDH('prime256v1');
  keys.setPrivateKey(privateKey, 'base64url');
  const parameters = { version: 'aes128gcm', privateKey: keys, authSecret: auth } as const;
  try {
    return jsonOrText(decrypt(Buffer.from(body, 'base64'), parameters).toString('utf8'));
  } catch {
    return null;
  }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
