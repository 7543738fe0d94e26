/**
 * A stand-in of brokers' own systems: takes webhooks (Standard Webhooks), checks their signatures, and answers as it was told
 * to. Simulated; README.md says what is not.
 */
import type { Express, Request, Response, Router } from 'express';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { createControlledApp } from '../control.ts';
import { listen, type StandIn } from '../listen.ts';
import { parseBody, problemBody, problemHandler, rawBody, unknownRoute } from '../problem.ts';

/** Messages remembered; older ones are forgotten. */
const MESSAGE_LIMIT = 20_000;

const hookSchema = z.strictObject({
  /** Each checks a message; one that fits is enough. */
  secrets: z.array(z.string().startsWith('whsec_')).default([]),
  answer: z
    .strictObject({
      status: z.int().min(200).max(599).default(204),
      /** Of a redirect. */
      location: z.string().optional(),
      /** Bytes of a body that is of no use to anybody. */
      bytes: z.int().min(0).max(10_000_000).default(0),
      /** Neither answers nor hangs up. */
      hangs: z.boolean().default(false),
    })
    .prefault({}),
});
type Hook = z.output<typeof hookSchema>;

interface Message {
  hook: string;
  at: string;
  id: string;
  timestamp: string;
  /** Indexes of the hook's secrets that fit, by the reference library. */
  verifiedBy: number[];
  signatures: number;
  body: unknown;
}

export function createWebhooks(): StandIn {
  return { listen: (port, address) => listen(port, webhooksApp, address) };
}

function webhooksApp(): Express {
  const hooks = new Map<string, Hook>();
  const messages: Message[] = [];
  const { app, control } = createControlledApp({
    reset: () => {
      hooks.clear();
      messages.length = 0;
    },
    faultBody: (status) => ({
      type: 'application/problem+json',
      body: problemBody({ status, code: 'fault', detail: 'A fault that the sandbox was told to show.' }),
    }),
  });
  addControl(control, hooks, messages);
  app.post('/hooks/:name', (req, res) => {
    const name = String(req.params.name);
    const hook = hooks.get(name) ?? hookSchema.parse({});
    messages.push(messageOf(name, hook, req));
    if (messages.length > MESSAGE_LIMIT) messages.shift();
    answer(res, hook);
  });
  app.use(unknownRoute, problemHandler);
  return app;
}

function addControl(control: Router, hooks: Map<string, Hook>, messages: readonly Message[]): void {
  control.put('/hooks/:name', (req, res) => {
    hooks.set(req.params.name, parseBody(hookSchema, req));
    res.status(204).end();
  });
  control.get('/messages', (req, res) => {
    res.json(messages.filter(({ hook }) => req.query.hook === undefined || hook === req.query.hook));
  });
}

function messageOf(hook: string, { secrets }: Hook, req: Request): Message {
  const text = rawBody(req).toString('utf8');
  const verifiedBy = secrets.flatMap((secret, index) => (fits(secret, text, req) ? [index] : []));
  return {
    hook,
    at: new Date().toISOString(),
    id: req.get('webhook-id') ?? '',
    timestamp: req.get('webhook-timestamp') ?? '',
    verifiedBy,
    signatures: (req.get('webhook-signature') ?? '').split(' ').length,
    body: JSON.parse(text),
  };
}

function fits(secret: string, text: string, req: Request): boolean {
  try {
    new Webhook(secret).verify(text, req.headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

function answer(res: Response, { answer: { status, location, bytes, hangs } }: Hook): void {
  if (hangs) return;
  if (location !== undefined) res.location(location);
  res.status(status).end(bytes > 0 ? 'x'.repeat(bytes) : undefined);
}
