/** The CAMARA APIs, each behind a token of its scope. */
import { createHash, randomUUID } from 'node:crypto';
import { type ErrorRequestHandler, type Request, type RequestHandler, type Response, Router } from 'express';
import type { FoundToken, Provider } from 'oidc-provider';
import { z } from 'zod';
import { rawBody } from '../problem.ts';
import { CamaraError, codeOfStatus } from './camara-error.ts';
import { ATTRIBUTES, DOCUMENT_TYPES, match } from './kyc-match.ts';
import type { Subscriber, Subscribers } from './subscribers.ts';
import type { TokenStore } from './tokens.ts';

export interface CamaraParts {
  provider: Provider;
  tokens: TokenStore;
  /** Those of now: a reset replaces them. */
  subscribers(): Subscribers;
}

const HOUR_MS = 3_600_000;
const CORRELATOR = /^[a-zA-Z0-9\-_:;./<>{}]{1,256}$/;
const NOT_MOBILE = 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK';

const phoneNumber = z.string().regex(/^\+[1-9][0-9]{4,14}$/);
const optionalText = z.string().min(1).optional();
const verifySchema = z.object({
  phoneNumber: phoneNumber.optional(),
  hashedPhoneNumber: z
    .string()
    .regex(/^[a-fA-F0-9]{64}$/)
    .optional(),
});
const matchSchema = z.object({
  phoneNumber: phoneNumber.optional(),
  idDocument: optionalText,
  idDocumentType: z.enum(DOCUMENT_TYPES).optional(),
  ...(Object.fromEntries(ATTRIBUTES.map((attribute) => [attribute, optionalText])) as Record<
    (typeof ATTRIBUTES)[number],
    typeof optionalText
  >),
});
const tenureSchema = z.object({ phoneNumber: phoneNumber.optional(), tenureDate: z.iso.date() });
const simSwapSchema = z.object({ phoneNumber: phoneNumber.optional(), maxAge: z.int().default(240) });
const simDateSchema = z.object({ phoneNumber: phoneNumber.optional() });
const recyclingSchema = z.object({ phoneNumber: phoneNumber.optional(), specifiedDate: z.iso.date() });

export function camaraRoutes(parts: CamaraParts): Router {
  const router = Router();
  const post = (path: string, handler: (parts: CamaraParts, req: Request, res: Response) => Promise<void>) =>
    router.post(path, correlate, (req, res) => handler(parts, req, res));
  post('/number-verification/v2/verify', verifyNumber);
  post('/kyc-match/v0.4/match', matchCustomer);
  post('/kyc-tenure/v0.1/check-tenure', checkTenure);
  post('/sim-swap/v2/check', checkSimSwap);
  post('/sim-swap/v2/retrieve-date', retrieveSimChange);
  post('/number-recycling/v0.2/check', checkRecycling);
  router.use(camaraErrors);
  return router;
}

const correlate: RequestHandler = (req, res, next) => {
  const given = req.get('x-correlator');
  const valid = given === undefined || CORRELATOR.test(given);
  res.set('x-correlator', valid && given ? given : randomUUID());
  if (!valid) throw new CamaraError(400, 'INVALID_ARGUMENT', 'x-correlator is not valid.');
  next();
};

const camaraErrors: ErrorRequestHandler = (error, _req, res, _next) => {
  if (!(error instanceof CamaraError)) console.error(error);
  const told =
    error instanceof CamaraError ? error : new CamaraError(500, codeOfStatus(500), 'The sandbox failed.');
  res.status(told.status).json(told.body());
};

/** The token is good for one comparison, with the number of the subscriber whose data session it came from. */
async function verifyNumber({ provider, tokens, subscribers }: CamaraParts, req: Request, res: Response) {
  const token = await authenticate(provider, req, 'number-verification:verify');
  const asked = parse(verifySchema, req);
  if ((asked.phoneNumber === undefined) === (asked.hashedPhoneNumber === undefined))
    throw new CamaraError(400, 'INVALID_ARGUMENT', 'Exactly one of phoneNumber and hashedPhoneNumber.');
  if (token.accountId === undefined)
    throw new CamaraError(403, NOT_MOBILE, 'The token does not come from a data session.');
  if (!tokens.spend(token.jti)) throw unauthenticated();
  const phone = subscribers().phoneOf(token.accountId) ?? '';
  const hash = createHash('sha256').update(phone).digest('hex');
  res.json({
    devicePhoneNumberVerified: asked.phoneNumber === phone || asked.hashedPhoneNumber?.toLowerCase() === hash,
  });
}

async function matchCustomer({ provider, subscribers }: CamaraParts, req: Request, res: Response) {
  await authenticate(provider, req, 'kyc-match:match');
  const { phoneNumber, ...asked } = parse(matchSchema, req);
  res.json(match(applicable(subscriberOf(subscribers(), phoneNumber)), asked));
}

async function checkTenure({ provider, subscribers }: CamaraParts, req: Request, res: Response) {
  await authenticate(provider, req, 'kyc-tenure:check-tenure');
  const { phoneNumber, tenureDate } = parse(tenureSchema, req);
  const { since, contract } = applicable(subscriberOf(subscribers(), phoneNumber));
  res.json({ tenureDateCheck: since <= tenureDate, contractType: contract });
}

async function checkSimSwap({ provider, subscribers }: CamaraParts, req: Request, res: Response) {
  await authenticate(provider, req, 'sim-swap:check');
  const { phoneNumber, maxAge } = parse(simSwapSchema, req);
  if (maxAge < 1 || maxAge > 2400) throw new CamaraError(400, 'OUT_OF_RANGE', 'maxAge is 1 to 2400 hours.');
  const changed = latestSimChange(subscriberOf(subscribers(), phoneNumber));
  res.json({ swapped: changed >= Date.now() - maxAge * HOUR_MS });
}

async function retrieveSimChange({ provider, subscribers }: CamaraParts, req: Request, res: Response) {
  await authenticate(provider, req, 'sim-swap:retrieve-date');
  const { phoneNumber } = parse(simDateSchema, req);
  const changed = latestSimChange(subscriberOf(subscribers(), phoneNumber));
  res.json({ latestSimChange: new Date(changed).toISOString() });
}

/** CAMARA counts a new subscription as a SIM swap, also one of a number that somebody else had before. */
const latestSimChange = ({ since, simSwappedAt, recycledAt }: Subscriber): number =>
  Math.max(
    midnight(since),
    ...[simSwappedAt, recycledAt].flatMap((moment) => (moment ? [Date.parse(moment)] : [])),
  );

/** Of a day in Taiwan, which keeps one offset all year. */
const midnight = (day: string): number => Date.parse(`${day}T00:00:00+08:00`);

async function checkRecycling({ provider, subscribers }: CamaraParts, req: Request, res: Response) {
  await authenticate(provider, req, 'number-recycling:check');
  const { phoneNumber, specifiedDate } = parse(recyclingSchema, req);
  const { recycledAt } = subscriberOf(subscribers(), phoneNumber);
  const changed = recycledAt !== undefined && Date.parse(recycledAt) >= midnight(specifiedDate);
  res.json({ phoneNumChanged: changed });
}

/** The live token of the request; either kind, since the scope tells what it is good for. */
async function authenticate(provider: Provider, req: Request, scope: string): Promise<FoundToken> {
  const value = /^Bearer (\S+)$/i.exec(req.get('authorization') ?? '')?.[1];
  if (!value) throw unauthenticated();
  const token = (await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value));
  if (!token) throw unauthenticated();
  if (!token.scope?.split(' ').includes(scope))
    throw new CamaraError(403, 'PERMISSION_DENIED', `The token lacks the scope ${scope}.`);
  return token;
}

const unauthenticated = () =>
  new CamaraError(401, 'UNAUTHENTICATED', 'The token is missing, expired, spent or not ours.');

function parse<Schema extends z.ZodType>(schema: Schema, req: Request): z.output<Schema> {
  const result = schema.safeParse(jsonOf(req));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new CamaraError(400, 'INVALID_ARGUMENT', `${issue?.path.join('.')}: ${issue?.message}`);
}

function jsonOf(req: Request): unknown {
  try {
    return JSON.parse(rawBody(req).toString('utf8'));
  } catch {
    throw new CamaraError(400, 'INVALID_ARGUMENT', 'The body is not JSON.');
  }
}

/** Tokens of client credentials name nobody, so the number has to come in the body. */
function subscriberOf(subscribers: Subscribers, phone: string | undefined): Subscriber {
  if (phone === undefined) throw new CamaraError(422, 'MISSING_IDENTIFIER', 'phoneNumber is needed.');
  const subscriber = subscribers.get(phone);
  if (!subscriber) throw new CamaraError(404, 'IDENTIFIER_NOT_FOUND', 'No subscriber has this number.');
  return subscriber;
}

function applicable(subscriber: Subscriber): Subscriber {
  if (!subscriber.notApplicable) return subscriber;
  throw new CamaraError(422, 'SERVICE_NOT_APPLICABLE', 'The service is not offered for this number.');
}
