/** What Customs accepts, strict as an authority is: members that it did not ask for are refused. */
import { z } from 'zod';
import { contentShape, declarationNumberSchema } from '../../domain/declaration-schema.ts';
import { REPORTED_OUTCOMES } from '../../domain/outcome.ts';

const id = z.string().regex(/^[0-9A-Za-z-]{1,64}$/, '1 to 64 letters, digits and -');
const version = z.int().min(1);
const time = z.iso.datetime({ offset: true });
const phone = z.string().regex(/^\+8869\d{8}$/, 'Taiwan mobile number in E.164');

export const identitySchema = z.strictObject({
  idNumber: z.string().regex(/^[A-Z][A-D1289]\d{8}$/),
  idType: z.enum(['national_id_card', 'residence_permit']),
  name: z.string().min(1).max(100),
  birthDate: z.iso.date(),
  phone,
  verifiedAt: time,
  verification: z.strictObject({
    operator: z.string().min(1),
    method: z.string().min(1),
    correlator: z.string().min(1),
  }),
});

export const identityEndSchema = z.strictObject({ reason: z.string().min(1), endedAt: time });

export const sentDeclarationSchema = z.strictObject({
  declarationNumber: declarationNumberSchema.optional(),
  brokerBoxNumber: z.string().min(1).max(35),
  ...contentShape,
});

const lodgement = { declarationId: id, version, poaReference: z.string().min(1).max(64).optional() };

/** Function codes: 9 original, 5 replace, 1 cancel (WCO FunctionCode). */
export const lodgementSchema = z.discriminatedUnion('functionCode', [
  z.strictObject({ ...lodgement, functionCode: z.enum(['9', '5']), declaration: sentDeclarationSchema }),
  z.strictObject({
    ...lodgement,
    functionCode: z.literal('1'),
    declaration: sentDeclarationSchema.optional(),
  }),
]);

export const poaSchema = z.strictObject({
  declarationId: id,
  outcome: z.enum(REPORTED_OUTCOMES),
  decidedAt: time,
  reason: z.string().min(1).max(64).optional(),
  /** JWS in compact form; Customs here does not verify it. */
  receipt: z.string().min(1).optional(),
});

export const fraudCaseSchema = z.strictObject({
  declarationId: id,
  reference: z.string().min(1),
  version,
  openedAt: time,
  kind: z.enum(['repudiated', 'reported']),
});

/** `PUT /_control/mode`: replaces the whole mode. */
export const modeSchema = z.strictObject({
  /** Whether the answer to a lodgement holds the context, or Customs sends it later. */
  context: z.enum(['inline', 'later']).default('inline'),
  /** How long after the answer a later context is sent. */
  delayMs: z.int().min(0).max(3_600_000).default(0),
  /** Members that replace the declaration's own in what Customs holds and sends. */
  alter: z.record(z.string(), z.unknown()).optional(),
  /** Refuses lodgements whose functional reference starts with `prefix`. */
  refuse: z
    .strictObject({
      prefix: z.string().default(''),
      status: z.int().min(400).max(499).default(422),
      code: z.string().default('validation-failed'),
      errors: z
        .array(z.strictObject({ pointer: z.string(), code: z.string(), detail: z.string() }))
        .optional(),
    })
    .optional(),
  /** Answered to POA reports instead of `00`, which are then not held; for the next `times` reports, or all. */
  replyCode: z
    .string()
    .regex(/^\d{2}$/)
    .optional(),
  times: z.int().min(1).optional(),
});

/** `POST /_control/lodge`: a broker lodges past Consentry. */
export const lodgeElsewhereSchema = z.strictObject({
  ...sentDeclarationSchema.shape,
  version: version.default(1),
});
