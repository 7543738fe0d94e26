/**
 * A stand-in of a browser vendor's push service (RFC 8030, 8291, 8292) and of an SMS gateway. Simulated; README.md says
 * what is not.
 */
import { randomUUID } from 'node:crypto';
import type { Express, Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { createControlledApp } from '../control.ts';
import { readKey } from '../idempotency.ts';
import { openJournal } from '../journal.ts';
import { listen, type StandIn } from '../listen.ts';
import type { SandboxPages } from '../pages/page.ts';
import {
  parseBody,
  problemBody,
  problemHandler,
  Refusal,
  rawBody,
  requireBearer,
  unknownRoute,
} from '../problem.ts';
import { addMessagesPage } from './messages-page.ts';
import { type Fact, type PushMessage, PushState, type Subscription } from './state.ts';
import { newSubscription, readMessage } from './subscriptions.ts';
import { checkVapid, type KnownStatements } from './vapid.ts';

export interface PushOptions {
  /** The sender's token at the SMS gateway. */
  smsToken: string;
  /** Journal; without it everything is forgotten at the end. */
  stateFile?: string;
  /** The sandbox's other pages, which its own link. */
  pages?: SandboxPages;
}

/** Largest message that a push service has to take (RFC 8030 §7.2). */
const LARGEST_MESSAGE = 4096;
const URGENCIES = new Set(['very-low', 'low', 'normal', 'high']);

const subscribeSchema = z.strictObject({ applicationServerKey: z.string().optional() });
const smsSchema = z.strictObject({
  to: z.string().regex(/^\+[1-9][0-9]{4,14}$/, 'E.164'),
  /** Ten concatenated parts of 67 UCS-2 characters. */
  text: z.string().min(1).max(670),
});

interface Parts {
  readonly origin: string;
  readonly known: KnownStatements;
  state(): PushState;
  note(fact: Fact): void;
}

export function createPush(options: PushOptions): StandIn {
  return {
    listen: async (port, address) => {
      let state = new PushState();
      const journal = openJournal<Fact>(options.stateFile, (fact) => state.apply(fact));
      const note = (fact: Fact) => {
        journal.append(fact);
        state.apply(fact);
      };
      const reset = () => {
        journal.clear();
        state = new PushState();
      };
      const listening = await listen(
        port,
        (origin) => pushApp(options, { origin, known: new Map(), state: () => state, note }, reset),
        address,
      );
      return {
        url: listening.url,
        close: async () => {
          await listening.close();
          journal.close();
        },
      };
    },
  };
}

function pushApp({ smsToken, pages: known }: PushOptions, parts: Parts, reset: () => void): Express {
  const { app, control, pages } = createControlledApp({
    reset,
    faultBody: (status) => ({
      type: 'application/problem+json',
      body: problemBody({ status, code: 'fault', detail: 'A fault that the sandbox was told to show.' }),
    }),
  });
  addControl(control, parts);
  addMessagesPage(pages, parts.state, known);
  app.post('/push/:id', (req, res) => takeMessage(parts, req, res));
  app.post('/sms', requireBearer(smsToken), takeSms(parts));
  app.use(unknownRoute, problemHandler);
  return app;
}

/** RFC 8030 §5: takes a message for the subscription; who may send is RFC 8292's. */
function takeMessage({ origin, known, state, note }: Parts, req: Request, res: Response): void {
  const subscription = liveSubscription(state(), String(req.params.id));
  const sender = checkVapid(known, req.get('authorization'), origin);
  if (subscription.applicationServerKey && subscription.applicationServerKey !== sender)
    throw new Refusal({ status: 403, code: 'forbidden', detail: 'Subscribed by another sender’s key.' });
  const message = messageOf(subscription.id, req);
  note({ type: 'pushed', message });
  res.status(201).location(`${origin}/message/${message.id}`).end();
}

function liveSubscription(state: PushState, id: string): Subscription {
  const subscription = state.subscriptions.get(id);
  if (!subscription) throw new Refusal({ status: 404, code: 'not-found', detail: 'No such subscription.' });
  if (state.ended.has(id))
    throw new Refusal({ status: 410, code: 'gone', detail: 'The subscription has ended.' });
  return subscription;
}

function messageOf(subscriptionId: string, req: Request): PushMessage {
  const bytes = rawBody(req);
  if (bytes.length > LARGEST_MESSAGE)
    throw new Refusal({ status: 413, code: 'body-too-large', detail: `At most ${LARGEST_MESSAGE} bytes.` });
  const [ttl, topic, urgency] = [req.get('ttl'), req.get('topic'), req.get('urgency')];
  if (ttl === undefined || !/^\d{1,10}$/.test(ttl)) throw malformed('TTL (seconds) is needed.');
  if (topic !== undefined && !/^[A-Za-z0-9_-]{1,32}$/.test(topic))
    throw malformed('Topic: 1 to 32 characters of base64url.');
  if (urgency !== undefined && !URGENCIES.has(urgency)) throw malformed('No such Urgency.');
  if (bytes.length > 0 && req.get('content-encoding') !== 'aes128gcm')
    throw malformed('Content-Encoding: aes128gcm is needed.');
  return {
    id: randomUUID(),
    subscriptionId,
    at: new Date().toISOString(),
    headers: req.headers,
    body: bytes.toString('base64'),
    ttlSeconds: Number(ttl),
    topic,
    // With TTL 0 only a handset that is there gets it; the sandbox's always is.
    delivered: ttl === '0',
  };
}

const malformed = (detail: string): Refusal =>
  new Refusal({ status: 400, code: 'malformed-request', detail });

/** One key, one SMS. */
const takeSms =
  ({ state, note }: Parts): RequestHandler =>
  (req, res) => {
    const { key, fingerprint, kept } = readKey(state().answers, req);
    if (kept) return void res.status(kept.status).json(kept.body);
    const sms = { messageId: randomUUID(), ...parseBody(smsSchema, req), at: new Date().toISOString() };
    const body = { messageId: sms.messageId };
    note({ type: 'sms', key, answer: { fingerprint, status: 202, body }, sms });
    res.status(202).json(body);
  };

function addControl(control: Router, { origin, state, note }: Parts): void {
  const endpointOf = (id: string) => `${origin}/push/${id}`;
  control.post('/subscriptions', (req, res) => {
    const asked = rawBody(req).length > 0 ? parseBody(subscribeSchema, req) : {};
    const subscription = newSubscription(asked.applicationServerKey);
    note({ type: 'subscribed', subscription });
    const { id, p256dh, auth, privateKey } = subscription;
    const endpoint = endpointOf(id);
    res.status(201).json({ id, endpoint, expirationTime: null, keys: { p256dh, auth }, privateKey });
  });
  control.delete('/subscriptions/:id', (req, res) => {
    liveSubscription(state(), req.params.id);
    note({ type: 'unsubscribed', id: req.params.id });
    res.status(204).end();
  });
  control.get('/messages', (req, res) => {
    const id = textOf(req.query.subscription)?.split('/').at(-1);
    res.json(
      fetchMessages({ state, note }, id).map((message) => ({
        id: message.id,
        subscription: endpointOf(message.subscriptionId),
        at: message.at,
        headers: message.headers,
        body: message.body,
        decrypted: readMessage(state().subscriptions.get(message.subscriptionId), message),
      })),
    );
  });
  control.get('/sms', (req, res) => {
    const phone = textOf(req.query.phone);
    res.json(state().sms.filter(({ to }) => phone === undefined || to === phone));
  });
}

/** Looking is fetching: what was seen is delivered, and no longer replaced by its topic. */
function fetchMessages(
  { state, note }: Pick<Parts, 'state' | 'note'>,
  id: string | undefined,
): PushMessage[] {
  const messages = state().messagesOf(id, Date.now());
  const fresh = messages.filter(({ delivered }) => !delivered);
  if (fresh.length > 0) note({ type: 'fetched', ids: fresh.map((message) => message.id) });
  return messages;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
