import { isIP } from 'node:net';
import { deleteSubscription, markDisplayed, putSubscription } from '../../db/push-subscriptions.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem, PROBLEMS } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { endpointBody, idParams, pushKeyAnswer, pushSubscription } from '../schemas/importer.ts';
import { requireSession, sessionOf } from './session.ts';

/** Web Push (RFC 8030): where a person's devices are reached, and whether a message was shown. */
export function addPushRoutes(routes: Routes, deps: ApiDeps): void {
  const { db, settings } = deps;
  const route = createRoute(routes);
  const loggedIn = requireSession(deps);
  const tags: [string] = ['importers'];

  route(
    'get',
    '/app/push-key',
    { summary: 'Our VAPID key (RFC 8292)', tags },
    { answers: { 200: pushKeyAnswer } },
  )(() => ({ status: 200, body: { publicKey: settings.vapidPublicKey } }));

  route(
    'post',
    '/app/push-subscriptions',
    { summary: 'Reach me on this device', tags, security: 'session', problems: ['forbidden'] },
    { body: pushSubscription, answers: { 204: null } },
    loggedIn,
  )(async ({ body, res }) => {
    if (!isPushEndpoint(body.endpoint, settings.pushAllowInsecure)) throw notAnEndpoint();
    await putSubscription(db, sessionOf(res), body);
    return { status: 204 };
  });

  route(
    'delete',
    '/app/push-subscriptions',
    { summary: 'Not on this device any more', tags, security: 'session', problems: ['forbidden'] },
    { body: endpointBody, answers: { 204: null } },
    loggedIn,
  )(async ({ body, res }) => {
    await deleteSubscription(db.pool, sessionOf(res).subjectId, body.endpoint);
    return { status: 204 };
  });

  route(
    'post',
    '/app/notifications/:id/displayed',
    { summary: 'The message was shown', tags, security: 'session', problems: ['forbidden'] },
    { params: idParams, answers: { 204: null } },
    loggedIn,
  )(async ({ params, res }) => {
    const known = await markDisplayed(db.pool, sessionOf(res).subjectId, params.id);
    if (!known) throw new HttpProblem('not-found', PROBLEMS['not-found'].remedy);
    return { status: 204 };
  });
}

/**
 * Push services have names and speak https. Where a name leads is checked when something is sent (gateways/push.ts).
 * `insecure`: the sandbox's, on the loopback.
 */
export function isPushEndpoint(endpoint: string, insecure: boolean): boolean {
  const { protocol, hostname, username, password } = new URL(endpoint);
  if (username || password) return false;
  const host = hostname.replace(/^\[|\]$/g, '');
  const loopback =
    host === 'localhost' || host.endsWith('.localhost') || host === '::1' || host.startsWith('127.');
  if (loopback) return insecure && (protocol === 'http:' || protocol === 'https:');
  return protocol === 'https:' && isIP(host) === 0;
}

const notAnEndpoint = () =>
  new HttpProblem('validation-failed', PROBLEMS['validation-failed'].remedy, {
    errors: [
      { pointer: '/endpoint', code: 'invalid-value', detail: 'must be an https address of a push service' },
    ],
  });
