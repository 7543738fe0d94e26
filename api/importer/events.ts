import { readLive } from '../../db/live.ts';
import type { ApiDeps } from '../deps.ts';
import type { Metrics } from '../operator/metrics.ts';
import { HttpProblem } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { requireSession, sessionOf } from './session.ts';
import { createStreams } from './streams.ts';

/** `GET /app/events`: tells an open app that something of its person changed. What, it asks itself. */
export function addEventRoute(routes: Routes, deps: ApiDeps, metrics: Metrics): void {
  const streams = createStreams({
    read: (sessions) => readLive(deps.db.pool, sessions),
    stopping: deps.stopping,
  });

  createRoute(routes)(
    'get',
    '/app/events',
    {
      summary:
        'Server-sent events: `event: changed` whenever something of mine changed; ends with the session. Load after `open`',
      tags: ['importers'],
      security: 'session',
    },
    { answers: { 200: ['text/event-stream'] } },
    requireSession(deps),
  )(async ({ req, res }) => {
    const headers = { 'x-accel-buffering': 'no', 'content-type': 'text/event-stream' };
    // Nobody reads the body of an answer to HEAD: it would never end.
    if (req.method === 'HEAD') return { status: 200, headers };
    const body = await streams.open(sessionOf(res), req.get('last-event-id'));
    if (!body) throw new HttpProblem('unauthenticated', 'Log in with your passkey.');
    metrics.eventStreams.inc();
    body.once('close', () => metrics.eventStreams.dec());
    return { status: 200, body, headers };
  });
}
