/**
 * A stand-in of a mobile operator: OpenID Connect over mobile data, and the CAMARA APIs. Simulated; README.md says
 * what is not.
 */
import { generateKeyPairSync } from 'node:crypto';
import type { Express, RequestHandler, Router } from 'express';
import { normalisePhone } from '../../domain/phone.ts';
import { createControlledApp } from '../control.ts';
import { openJournal } from '../journal.ts';
import { listen, type StandIn } from '../listen.ts';
import { type SandboxPages, sendPage } from '../pages/page.ts';
import { parseBody, problemHandler, Refusal } from '../problem.ts';
import { camaraRoutes } from './camara.ts';
import { CamaraError, codeOfStatus } from './camara-error.ts';
import { whichPhonePage } from './page.ts';
import { createProvider, MSISDN_HEADER, MSISDN_PARAMETER } from './provider.ts';
import { addSimPages } from './sims.ts';
import { type Subscriber, Subscribers, subscriberSchema } from './subscribers.ts';
import { TokenStore } from './tokens.ts';

export interface TelecomOptions {
  clientId: string;
  clientSecret: string;
  redirectUris: readonly string[];
  /** Journal of signing key and subscribers; without it both are new at each start. */
  stateFile?: string;
  /** The sandbox's other pages, which its own link. */
  pages?: SandboxPages;
}

type Fact =
  | { type: 'signing-key'; key: object }
  | { type: 'subscriber'; phone: string; subscriber: Subscriber };

export function createTelecom(options: TelecomOptions): StandIn {
  return {
    listen: async (port, address) => {
      const state = openState(options.stateFile);
      const listening = await listen(port, (origin) => telecomApp(options, state, origin), address);
      return {
        url: listening.url,
        close: async () => {
          await listening.close();
          state.close();
        },
      };
    },
  };
}

interface State {
  readonly signingKey: object;
  subscribers(): Subscribers;
  put(phone: string, subscriber: Subscriber): void;
  /** Back to the first subscribers; the key stays, as clients may hold it. */
  reset(): void;
  close(): void;
}

function openState(file: string | undefined): State {
  let subscribers = new Subscribers();
  let signingKey: object | undefined;
  const journal = openJournal<Fact>(file, (fact) => {
    if (fact.type === 'signing-key') signingKey = fact.key;
    else subscribers.put(fact.phone, fact.subscriber);
  });
  const key = signingKey ?? newSigningKey();
  if (!signingKey) journal.append({ type: 'signing-key', key });
  return {
    signingKey: key,
    subscribers: () => subscribers,
    put: (phone, subscriber) => {
      journal.append({ type: 'subscriber', phone, subscriber });
      subscribers.put(phone, subscriber);
    },
    reset: () => {
      journal.clear();
      journal.append({ type: 'signing-key', key });
      subscribers = new Subscribers();
    },
    close: () => journal.close(),
  };
}

const newSigningKey = (): object => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  alg: 'ES256',
  use: 'sig',
});

function telecomApp(options: TelecomOptions, state: State, issuer: string): Express {
  const tokens = new TokenStore();
  const { signingKey, subscribers } = state;
  const { app, control, pages } = createControlledApp({
    reset: () => {
      tokens.clear();
      state.reset();
    },
    faultBody,
  });
  addControl(control, state, tokens);
  addSimPages(pages, state, options.pages);
  const provider = createProvider({ ...options, issuer, signingKey, tokens, subscribers });
  app.use(camaraRoutes({ provider, tokens, subscribers }));
  app.get('/authorize', askWhichPhone(subscribers));
  app.use(provider.callback(), problemHandler);
  return app;
}

/** OAuth's form for the provider's endpoints, CAMARA's for the rest. */
function faultBody(status: number, path: string): { type: string; body: unknown } {
  const body = /^\/(authorize|token)/.test(path)
    ? {
        error: status >= 500 ? 'server_error' : 'invalid_request',
        error_description: 'A fault of the sandbox.',
      }
    : new CamaraError(status, codeOfStatus(status), 'A fault of the sandbox.').body();
  return { type: 'application/json', body };
}

function addControl(control: Router, state: State, tokens: TokenStore): void {
  control.put('/subscribers/:phone', (req, res) => {
    const phone = normalisePhone(req.params.phone);
    if (phone === null)
      throw new Refusal({ status: 422, code: 'validation-failed', detail: 'Not a Taiwan mobile number.' });
    const subscriber = parseBody(subscriberSchema, req);
    state.put(phone, subscriber);
    res.json({ phone, ...subscriber });
  });
  control.get('/subscribers', (_req, res) => {
    res.json(
      state
        .subscribers()
        .all()
        .map(([phone, subscriber]) => ({ phone, ...subscriber })),
    );
  });
  control.post('/tokens/expire', (_req, res) => {
    tokens.clear();
    res.status(204).end();
  });
}

/** A browser that no network named is asked; anything else goes on to the provider. */
const askWhichPhone =
  (subscribers: () => Subscribers): RequestHandler =>
  (req, res, next) => {
    const named = req.get(MSISDN_HEADER) !== undefined || req.query[MSISDN_PARAMETER] !== undefined;
    if (named || !req.get('accept')?.includes('text/html')) return next();
    const query = new URL(req.originalUrl, 'http://localhost').searchParams;
    sendPage(res, whichPhonePage(query, subscribers().listed()));
  };
