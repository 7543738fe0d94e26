/** One line of a manifest, checked just as a single declaration is. */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { Correction } from '../../../db/manifests/correcting.ts';
import { submissionSchema } from '../../../domain/declaration-schema.ts';
import type { Refusal } from '../../../domain/error-code.ts';
import { isUuid } from '../../../domain/ids.ts';
import { defaultRespondBy, respondByOf } from '../../../domain/respond-by.ts';
import { HttpProblem, PROBLEMS, toProblem } from '../../problem.ts';
import { problemsOf } from '../../route.ts';

/** A correction names the version that it is made on, and, where its waybills or reference do not, the declaration. */
const correctionSchema = submissionSchema.safeExtend({
  declarationId: z.string().refine(isUuid, 'must be an id of ours').optional(),
  version: z.int32().min(1),
});

export type Checked<T> = { good: T } | { problem: Refusal };

/** The JSON value on a line, or why there is none. `null`: the line is too long. */
export function parseLine(bytes: Buffer | null): unknown {
  if (bytes === null) throw new HttpProblem('body-too-large', PROBLEMS['body-too-large'].remedy);
  if (!isUtf8(bytes)) throw new HttpProblem('malformed-request', 'The line is not valid UTF-8.');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new HttpProblem('malformed-request', 'The line is not valid JSON.');
  }
}

/** What a schema makes of a value. Throws `validation-failed`. */
export function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new HttpProblem('validation-failed', PROBLEMS['validation-failed'].remedy, {
    errors: problemsOf(result.error),
  });
}

/** A declaration to be made: its `respondBy` is checked, and set, by the clock of now. */
export function checkDeclaration(value: unknown, defaultOrder: 'declare-first' | 'consent-first') {
  const { order = defaultOrder, respondBy, ...submitted } = parsed(submissionSchema, value);
  return {
    order,
    respondBy: respondBy === undefined ? defaultRespondBy(Date.now()) : respondByOf(respondBy, Date.now()),
    submitted,
  };
}

/** An amendment to be made. Its rules are those of the declaration as it will stand then. */
export function checkCorrection(value: unknown): Correction {
  const { declarationId, version, ...declaration } = parsed(correctionSchema, value);
  return { declarationId, version, declaration };
}

/** What `check` says of a line: what it throws for the caller becomes the line's problem, anything else is ours. */
export function checked<T>(check: () => T): Checked<T> {
  try {
    return { good: check() };
  } catch (error) {
    const { code, detail, status, errors } = toProblem(error);
    if (code === 'internal') throw error;
    return {
      problem: {
        code,
        detail,
        ...(status !== PROBLEMS[code].status && { status }),
        ...(errors.length > 0 && { errors }),
      },
    };
  }
}
