/** What importers see of their own account, and say of it. */
import { z } from 'zod';
import { plainText } from '../../domain/declaration-schema.ts';
import { NOTE_MAX_LENGTH } from '../../domain/limits.ts';

const moment = z.iso.datetime();

/** A WebAuthn credential id in base64url; longer than any that authenticators make (WebAuthn Level 3 §4: 1023 bytes). */
export const credentialParams = z.object({ credentialId: z.string().regex(/^[A-Za-z0-9_-]{1,1364}$/) });

/** "Chrome, Android"; null where the device did not say what it is. */
const label = z.string().nullable();

export const devicesAnswer = z
  .object({
    passkeys: z.array(
      z.object({
        credentialId: z.string(),
        label,
        createdAt: moment,
        lastUsedAt: moment.optional(),
        /** Kept by its platform on all of the person's devices. */
        synced: z.boolean(),
        /** This session was logged in with it. */
        current: z.boolean(),
      }),
    ),
    sessions: z.array(z.object({ sessionId: z.uuid(), label, createdAt: moment, current: z.boolean() })),
    pushSubscriptions: z.int(),
  })
  .meta({ id: 'Devices' });

export const reportBody = z.strictObject({ note: plainText(NOTE_MAX_LENGTH).optional() }).optional();
export const fraudCaseAnswer = z.object({ caseId: z.uuid(), openedAt: moment });

export const dutyFreeAnswer = z
  .object({
    /** Half-year by import date, both days included, in Taiwan. */
    from: z.iso.date(),
    to: z.iso.date(),
    limit: z.int(),
    /** Confirmed imports worth at most NT$2,000. */
    counted: z.int(),
    /** In a currency whose rate is not known here. */
    undetermined: z.int(),
  })
  .meta({ id: 'DutyFree' });
