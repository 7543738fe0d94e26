import { isIPv4 } from 'node:net';
import type { Request } from 'express';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { bearerToken, sameSecret, unauthenticated } from '../middleware.ts';
import { createRoute, type Routes } from '../route.ts';
import type { Metrics } from './metrics.ts';

const readiness = z.object({
  postgres: z.boolean(),
  temporal: z.boolean(),
  namespace: z.boolean(),
  worker: z.boolean(),
});

/** `/healthz`, `/readyz`, `/metrics`. */
export function addOperatorRoutes(routes: Routes, deps: ApiDeps, metrics: Metrics): void {
  const route = createRoute(routes);

  route(
    'get',
    '/healthz',
    { summary: 'The process answers', tags: ['operators'] },
    {
      answers: { 200: z.object({ status: z.literal('ok') }) },
    },
  )(() => ({ status: 200, body: { status: 'ok' } }));

  route(
    'get',
    '/readyz',
    { summary: 'Everything that a request needs is there', tags: ['operators'] },
    {
      answers: { 200: readiness, 503: readiness },
    },
  )(async () => {
    const postgres = await deps.db.pool.query('SELECT 1').then(
      () => true,
      () => false,
    );
    const body = { postgres, ...(await deps.temporalReady()) };
    return { status: Object.values(body).every(Boolean) ? 200 : 503, body };
  });

  route(
    'get',
    '/metrics',
    {
      summary: 'For Prometheus; from the loopback without a token',
      tags: ['operators'],
      security: 'operator',
    },
    { answers: { 200: ['text/plain'] } },
  )(async ({ req }) => {
    const token = bearerToken(req);
    const allowed =
      (isLoopback(req.socket.remoteAddress) && !isForwarded(req)) ||
      (token !== null && sameSecret(token, deps.settings.operatorToken));
    if (!allowed) throw unauthenticated('The operator token is needed.');
    return {
      status: 200,
      body: await metrics.registry.metrics(),
      headers: { 'content-type': metrics.registry.contentType },
    };
  });
}

/** A proxy on the same host speaks for somebody else. */
const isForwarded = (req: Request): boolean =>
  req.headers.forwarded !== undefined || req.headers['x-forwarded-for'] !== undefined;

/** 127.0.0.0/8 and ::1 (RFC 6890), also as an IPv4-mapped address. */
function isLoopback(address = ''): boolean {
  const plain = address.replace(/^::ffff:/, '');
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}
