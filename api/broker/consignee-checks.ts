/** `POST /v1/consignee-checks`: does this phone's person bear this name? Asked before declaring, and of no use for finding out who is registered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { checkConsignee } from '../../db/consignee-checks.ts';
import { CONSIGNEE_CHECKS_PER_MINUTE } from '../../domain/limits.ts';
import { normalisePhone } from '../../domain/phone.ts';
import type { ApiDeps } from '../deps.ts';
import { rateLimit } from '../middleware.ts';
import { HttpProblem } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { consigneeCheck, consigneeCheckAnswer } from '../schemas/consignee-check.ts';
import { brokerOf } from './auth.ts';
import { V1 } from './surface.ts';

const PATH = '/v1/consignee-checks';
/** Every answer takes at least so long, ms: whether a person was found, and a name opened, makes a millisecond or two. */
const ANSWER_AFTER_MS = 50;
/** The oldest try may be almost a day old, or new; s. */
const RETRY_AFTER_S = 3_600;

export function addConsigneeChecks(routes: Routes, { db }: ApiDeps): void {
  routes.router.use(
    PATH,
    rateLimit(CONSIGNEE_CHECKS_PER_MINUTE, (req) => brokerOf(req).brokerId, 'consignee-checks', 60),
  );
  createRoute(routes)(
    'post',
    PATH,
    {
      tags: V1.tags,
      ...(V1.security && { security: V1.security }),
      summary: 'Whether a phone’s registered person bears a name; unregistered and different are told alike',
    },
    { body: consigneeCheck, answers: { 200: consigneeCheckAnswer } },
  )(async ({ body: { phone, name }, req }) => {
    const { brokerId } = brokerOf(req);
    const checked = checkConsignee(db, brokerId, { phone: normalisePhone(phone) ?? '', name });
    const [result] = await Promise.all([checked, sleep(ANSWER_AFTER_MS)]);
    if (result === 'too-many') {
      throw new HttpProblem('too-many-requests', 'Too many names were tried with this phone today.', {
        headers: { 'retry-after': String(RETRY_AFTER_S) },
      });
    }
    return { status: 200, body: { result } };
  });
}
