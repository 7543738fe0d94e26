/** What a broker's console sends and is answered. */
import { z } from 'zod';
import { CONSOLE_ACTS, CONSOLE_ROLES } from '../../domain/console.ts';
import { plainText } from '../../domain/declaration-schema.ts';
import { isUuid } from '../../domain/ids.ts';
import { POA_STATUSES } from '../../domain/poa-state.ts';
import { registrationResponse } from './importer.ts';

const moment = z.iso.datetime();
const role = z.enum(CONSOLE_ROLES);
/** Of a user: what colleagues tell them by. */
const NAME_MAX_LENGTH = 60;
const FLIGHT_DAYS_MAX = 31;
const DAY_MS = 86_400_000;

const token = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/, 'base64url');
export const invitationToken = z.strictObject({ token });
export const acceptanceBody = z.strictObject({ token, passkey: registrationResponse });

const brokerAnswer = z.object({ name: z.string(), boxNumber: z.string() });

export const invitationAnswer = z.object({
  broker: brokerAnswer,
  name: z.string().nullable(),
  role,
  expiresAt: moment,
});

export const consoleSessionAnswer = z.object({
  user: z.object({ userId: z.uuid(), name: z.string().nullable(), role }),
  broker: brokerAnswer,
  sessionId: z.uuid(),
  /** Of the passkey that logged in, base64url. */
  credentialId: z.string(),
  recent: z.boolean(),
  expiresAt: moment,
});

export const userParams = z.object({ userId: z.string().refine(isUuid) });
export const userPasskeyParams = userParams.extend({
  credentialId: z.string().regex(/^[A-Za-z0-9_-]{1,1400}$/),
});
export const userSessionParams = userParams.extend({ sessionId: z.string().refine(isUuid) });

export const newUserBody = z.strictObject({ name: plainText(NAME_MAX_LENGTH), role });

/** The link is told this once. */
export const newInvitationAnswer = z.object({
  userId: z.uuid(),
  invitationUrl: z.string(),
  expiresAt: moment,
});

export const userAnswer = z
  .object({
    userId: z.uuid(),
    name: z.string().nullable(),
    role,
    state: z.enum(['invited', 'active', 'deactivated']),
    createdAt: moment,
    joinedAt: moment.optional(),
    deactivatedAt: moment.optional(),
    /** Absent: there is no invitation that could be used. */
    invitationExpiresAt: moment.optional(),
    passkeys: z.array(
      z.object({
        credentialId: z.string(),
        label: z.string().nullable(),
        createdAt: moment,
        lastUsedAt: moment.optional(),
        synced: z.boolean(),
      }),
    ),
    sessions: z.array(z.object({ sessionId: z.uuid(), label: z.string().nullable(), createdAt: moment })),
  })
  .meta({ id: 'ConsoleUser' });
export type UserAnswer = z.input<typeof userAnswer>;
export const usersAnswer = z.object({ items: z.array(userAnswer) });

const day = z.iso.date().refine((text) => text >= '2000-01-01', 'a day from the year 2000 on');
const span = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / DAY_MS;

export const flightsQuery = z
  .strictObject({ from: day, to: day })
  .refine(({ from, to }) => span(from, to) >= 0 && span(from, to) < FLIGHT_DAYS_MAX, {
    path: ['to'],
    message: `at most ${FLIGHT_DAYS_MAX} days, and not before the first`,
  });
export const flightsAnswer = z.object({
  items: z.array(
    z.object({
      flight: z.string(),
      importDate: z.string(),
      counts: z.partialRecord(z.enum(POA_STATUSES), z.int()),
    }),
  ),
});

/** A number of the record: an opaque place in its list. */
const actCursor = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number);
export const actsQuery = z.strictObject({
  declarationId: z.string().refine(isUuid, 'a declaration id').optional(),
  cursor: actCursor.optional(),
});

const person = z.object({ userId: z.uuid(), name: z.string().nullable() });
export const actsAnswer = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(CONSOLE_ACTS),
      at: moment,
      /** Absent: an operator of this service. */
      by: person.optional(),
      about: person.optional(),
      declaration: z.object({ declarationId: z.uuid(), houseWaybill: z.string() }).optional(),
      verdict: z.enum(['pending', 'accepted', 'refused']).optional(),
    }),
  ),
  nextCursor: z.string().nullable(),
});
