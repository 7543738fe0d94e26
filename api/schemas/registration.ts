import { z } from 'zod';
import { plainText } from '../../domain/declaration-schema.ts';
import { parseIdentityNumber } from '../../domain/identity-number.ts';
import { isUuid } from '../../domain/ids.ts';
import { currentNotice, NOTICE_LOCALES } from '../../domain/notice.ts';
import { normalisePhone } from '../../domain/phone.ts';
import { REFUSAL_REASONS, REGISTRATION_STATUSES, RETRY_REASONS } from '../../domain/registration-state.ts';
import { taiwanDay } from '../../domain/taiwan-day.ts';

const OLDEST_BIRTH = '1900-01-01';

const birthDate = z.iso
  .date()
  .refine(
    (date) => date >= OLDEST_BIRTH && date < taiwanDay(Date.now()),
    'must be a date of birth in the past',
  );

/** Body of `POST /app/registrations`. `operators`: those that can be chosen. */
export const registrationRequestSchema = (operators: { has(name: string): boolean }) =>
  z
    .strictObject({
      idNumber: z
        .string()
        .max(40)
        .refine((text) => parseIdentityNumber(text) !== null, 'must be a valid identity number'),
      name: plainText(100),
      birthDate,
      phone: z
        .string()
        .max(40)
        .refine((text) => normalisePhone(text) !== null, 'must be a Taiwan mobile number'),
      operator: z
        .string()
        .max(40)
        .refine((name) => operators.has(name), 'is no operator that can be chosen'),
      locale: z.enum(NOTICE_LOCALES),
      noticeVersion: z.string().max(40),
    })
    .refine(({ locale, noticeVersion }) => currentNotice(locale).version === noticeVersion, {
      path: ['noticeVersion'],
      message: 'is not the notice in force: show the present one',
    });

export const registrationParams = z.object({ registrationId: z.string().refine(isUuid) });

/** What an operator's redirect carries (RFC 6749 §4.1.2, OIDC Core §3.1.2.5); it may carry more. */
export const redirectQuery = z.looseObject({
  state: z.string().max(512).optional(),
  code: z.string().max(4096).optional(),
  error: z.string().max(512).optional(),
  error_description: z.string().max(2048).optional(),
});

export const authorizationAnswer = z.object({ authorizationUrl: z.url() });

export const registrationAnswer = authorizationAnswer.extend({ registrationId: z.uuid() });

export const registrationStatusAnswer = z.object({
  status: z.enum(REGISTRATION_STATUSES),
  reason: z.enum([...REFUSAL_REASONS, ...RETRY_REASONS]).optional(),
  /** A change of phone waits until then: `verifying` with the reason `change-of-phone`. */
  holdUntil: z.iso.datetime({ offset: true }).optional(),
});
