/** Who a broker's bearer token is of. What every call under `/v1` passes first. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import { type Broker, findBrokerInUse } from '../../db/brokers.ts';
import { ACCESS_TOKEN_TTL_S } from '../../domain/limits.ts';
import type { ApiDeps, ApiSettings } from '../deps.ts';
import { bearerToken, rateLimit, unauthenticated } from '../middleware.ts';
import type { Routes } from '../route.ts';

/** A live token of a revoked broker, or of a revoked key, stops within 5 s: the broker's row is believed for less than that, ms. */
const BROKER_TTL_MS = 3_000;
const BROKERS_KEPT = 10_000;

type TokenSettings = Pick<ApiSettings, 'tokenKey' | 'publicUrl'>;

const issuerAndAudience = ({ publicUrl }: TokenSettings) => ({
  issuer: publicUrl,
  audience: `${publicUrl}/v1`,
});

/** Access token as RFC 9068 has it, HS256: only we read it. `kid`: of the client's key, with which it ends. */
export function issueToken(
  settings: TokenSettings,
  { brokerId, clientId }: Pick<Broker, 'brokerId' | 'clientId'>,
  kid?: string,
): Promise<string> {
  const { issuer, audience } = issuerAndAudience(settings);
  return new SignJWT({ client_id: clientId, ...(kid !== undefined && { client_kid: kid }) })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .setSubject(brokerId)
    .setIssuer(issuer)
    .setAudience(audience)
    .setJti(uuidv7())
    .setIssuedAt()
    .setExpirationTime(`${ACCESS_TOKEN_TTL_S}s`)
    .sign(settings.tokenKey);
}

interface Claims {
  brokerId: string;
  /** Of the client's key that it was given for; null: for its secret. */
  kid: string | null;
}

/** What a token that is ours and has not expired says, or null. */
async function claimsOf(settings: TokenSettings, key: KeyObject, token: string): Promise<Claims | null> {
  try {
    const { payload } = await jwtVerify(token, key, {
      ...issuerAndAudience(settings),
      algorithms: ['HS256'],
      typ: 'at+jwt',
      requiredClaims: ['exp', 'sub'],
    });
    const { sub, client_kid: kid } = payload;
    return sub === undefined ? null : { brokerId: sub, kid: typeof kid === 'string' ? kid : null };
  } catch {
    return null;
  }
}

const CALLER = Symbol('caller');

/** Whose resources a call is about, and who of them calls. */
export interface BrokerCaller {
  broker: Broker;
  /** The user of its console; null: its own system. */
  userId: string | null;
}

/** Lets the call through as the broker's: what `requireBroker` does for tokens, and the console for its sessions. */
export const actAs = (res: Response, caller: BrokerCaller): void => {
  (res.locals as { [CALLER]?: BrokerCaller })[CALLER] = caller;
};

function callerOf({ res }: Request): BrokerCaller {
  const caller = (res?.locals as { [CALLER]?: BrokerCaller } | undefined)?.[CALLER];
  if (!caller) throw new Error('nobody said whose call this is');
  return caller;
}

/** The broker that was let through. */
export const brokerOf = (req: Request): Broker => callerOf(req).broker;

/** The user of its console who calls; null: its own system. */
export const consoleUserOf = (req: Request): string | null => callerOf(req).userId;

/** Lets brokers with a live token through; revoked ones are 401 like anybody else. */
export function requireBroker({ db, settings }: Pick<ApiDeps, 'db' | 'settings'>): RequestHandler {
  const key = createSecretKey(settings.tokenKey);
  const brokers = new LRUCache<string, Promise<Broker | null>>({ max: BROKERS_KEPT, ttl: BROKER_TTL_MS });
  const find = ({ brokerId, kid }: Claims): Promise<Broker | null> => {
    const name = JSON.stringify([brokerId, kid]);
    const known = brokers.get(name);
    if (known) return known;
    const found = findBrokerInUse(db.pool, brokerId, kid);
    brokers.set(name, found);
    found.catch(() => brokers.delete(name));
    return found;
  };

  return async (req, res, next) => {
    const token = bearerToken(req);
    if (token === null) throw unauthenticated('A bearer token is needed.');
    const claims = await claimsOf(settings, key, token);
    const broker = claims && (await find(claims));
    if (!broker) throw invalidToken();
    actAs(res, { broker, userId: null });
    next();
  };
}

/** RFC 6750 §3.1. */
const invalidToken = () =>
  unauthenticated('The token is not valid any more.', 'Bearer error="invalid_token"');

/** Guards of everything under `/v1`: a live token, then the broker's own rate. */
export function addBrokerGuards({ router }: Routes, deps: ApiDeps): void {
  router.use('/v1', requireBroker(deps));
  router.use(
    '/v1',
    rateLimit(deps.settings.brokerRateLimit, (req) => brokerOf(req).brokerId),
  );
}
