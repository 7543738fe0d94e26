/** Client of the Customs clearance system; what it sends and takes is in sandbox/customs/README.md. */
import { z } from 'zod';
import type { DeclarationContext } from '../domain/declaration.ts';
import { answeredContextSchema } from '../domain/declaration-schema.ts';
import type { Problem } from '../domain/error-code.ts';
import {
  type CallOptions,
  callJson,
  GatewayUnavailable,
  type HttpAnswer,
  isSuccess,
  understood,
} from './http.ts';

export type IdentityFiling =
  | { kind: 'filed'; fileNumber: string }
  | { kind: 'refused'; status: number; code: string };

export type LodgementAnswer =
  | { kind: 'accepted'; declarationNumber: string | null; context: DeclarationContext | null }
  | { kind: 'refused'; status: number; problems: Problem[] };

/** The outcome that Customs holds instead of ours. */
export interface HeldOutcome {
  outcome: string;
  version: number;
  acknowledgementNumber: string;
}

export type PoaAnswer =
  | { kind: 'acknowledged'; acknowledgementNumber: string }
  | { kind: 'refused'; status: number; code: string; held?: HeldOutcome };

/** What Customs was told is `taken`; for an identity also when there was no file of it any more. */
export type NoticeAnswer = { kind: 'taken' } | { kind: 'refused'; status: number; code: string };

/** Every method throws `GatewayUnavailable` when Customs gave no definite answer. */
export interface CustomsGateway {
  /** R4: sets up the person's database file; for an ID number that has one, replaces it. */
  putIdentity(registrationId: string, body: object, options: CallOptions): Promise<IdentityFiling>;
  /** P1. `body` is the exact JSON text kept by the caller: the same bytes each time. */
  lodge(body: string, options: CallOptions): Promise<LodgementAnswer>;
  /** P5. `reference`: the declaration number, or our id while there is none; encoded here. */
  putPoa(reference: string, version: number, body: string, options: CallOptions): Promise<PoaAnswer>;
  /** The person's database file ends. `body`: exact JSON text of `{reason, endedAt}`. */
  endIdentity(registrationId: string, body: string, options: CallOptions): Promise<NoticeAnswer>;
  /** `body`: exact JSON text of the case. */
  putFraudCase(caseId: string, body: string, options: CallOptions): Promise<NoticeAnswer>;
}

const COUNTERPART = 'Customs';
/** Reply code of an approval. */
const APPROVED = '00';
/** Customs has no such file: what was to end has ended. */
const NO_FILE = 404;

const filedSchema = z.object({ fileNumber: z.string().min(1) });
const lodgedSchema = z.object({
  declarationNumber: z.string().min(1).nullish(),
  context: answeredContextSchema.nullish(),
});
const acknowledgedSchema = z.object({ acknowledgementNumber: z.string().nullish(), replyCode: z.string() });
const heldSchema = z.object({
  outcome: z.string(),
  version: z.number(),
  acknowledgementNumber: z.string(),
});
/** RFC 9457, as far as Customs fills it in. */
const problemSchema = z.object({
  type: z.string().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
  replyCode: z.string().optional().catch(undefined),
  errors: z
    .array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() }))
    .optional()
    .catch(undefined),
  held: heldSchema.optional().catch(undefined),
});
type CustomsProblem = z.infer<typeof problemSchema>;

export function createCustomsGateway({ url, token }: { url: string; token: string }): CustomsGateway {
  const call = (method: 'POST' | 'PUT' | 'DELETE', path: string, body: string, options: CallOptions) =>
    callJson(
      COUNTERPART,
      {
        method,
        url: `${url.replace(/\/+$/, '')}${path}`,
        headers: { authorization: `Bearer ${token}`, 'idempotency-key': options.idempotencyKey },
        body,
      },
      options,
    );

  return {
    async putIdentity(registrationId, body, options) {
      const path = `/identities/${encodeURIComponent(registrationId)}`;
      const answer = judged(await call('PUT', path, JSON.stringify(body), options));
      if (isSuccess(answer)) {
        return { kind: 'filed', fileNumber: understood(COUNTERPART, filedSchema, answer).fileNumber };
      }
      return { kind: 'refused', status: answer.status, code: codeOf(problemOf(answer), answer.status) };
    },
    async lodge(body, options) {
      const answer = judged(await call('POST', '/declarations', body, options));
      if (isSuccess(answer)) {
        const { declarationNumber, context } = understood(COUNTERPART, lodgedSchema, answer);
        return {
          kind: 'accepted',
          declarationNumber: declarationNumber ?? context?.declarationNumber ?? null,
          context: context ?? null,
        };
      }
      return { kind: 'refused', status: answer.status, problems: problemsOf(answer) };
    },
    async putPoa(reference, version, body, options) {
      const path = `/poas/${encodeURIComponent(reference)}/${version}`;
      const answer = await call('PUT', path, body, options);
      return isSuccess(answer) ? acknowledgement(answer) : refusedPoa(answer, null);
    },
    async endIdentity(registrationId, body, options) {
      const path = `/identities/${encodeURIComponent(registrationId)}`;
      const answer = judged(await call('DELETE', path, body, options));
      return answer.status === NO_FILE ? { kind: 'taken' } : noticeAnswer(answer);
    },
    async putFraudCase(caseId, body, options) {
      return noticeAnswer(
        judged(await call('PUT', `/fraud-cases/${encodeURIComponent(caseId)}`, body, options)),
      );
    },
  };
}

/**
 * 409 on an identity, a lodgement or a notice tells of a clash of our own making (another body under the key), not of a judgement:
 * it is tried again like an outage, and an operator sees it.
 */
function judged(answer: HttpAnswer): HttpAnswer {
  if (answer.status === 409) throw new GatewayUnavailable(COUNTERPART, 'status', 409);
  return answer;
}

const noticeAnswer = (answer: HttpAnswer): NoticeAnswer =>
  isSuccess(answer)
    ? { kind: 'taken' }
    : { kind: 'refused', status: answer.status, code: codeOf(problemOf(answer), answer.status) };

function acknowledgement(answer: HttpAnswer): PoaAnswer {
  const { replyCode, acknowledgementNumber } = understood(COUNTERPART, acknowledgedSchema, answer);
  if (replyCode !== APPROVED) return refusedPoa(answer, `reply-${replyCode}`);
  if (!acknowledgementNumber) throw new GatewayUnavailable(COUNTERPART, 'answer', answer.status);
  return { kind: 'acknowledged', acknowledgementNumber };
}

function refusedPoa(answer: HttpAnswer, code: string | null): PoaAnswer {
  const problem = problemOf(answer);
  return {
    kind: 'refused',
    status: answer.status,
    code: code ?? codeOf(problem, answer.status),
    ...(problem.held && { held: problem.held }),
  };
}

/** What is wrong with the declaration, as Customs says; one general problem when it does not say. */
function problemsOf(answer: HttpAnswer): Problem[] {
  const problem = problemOf(answer);
  if (problem.errors && problem.errors.length > 0) return problem.errors;
  const detail = problem.detail ?? 'Customs refused the declaration.';
  return [{ pointer: '', code: codeOf(problem, answer.status), detail }];
}

const problemOf = (answer: HttpAnswer): CustomsProblem => {
  const parsed = problemSchema.safeParse(answer.json);
  return parsed.success ? parsed.data : {};
};

/** A short code for rows and search attributes: never free text. */
function codeOf({ code, type, replyCode }: CustomsProblem, status: number): string {
  if (replyCode && isCode(replyCode)) return `reply-${replyCode}`;
  const named = code ?? type?.split('/').at(-1);
  return named && isCode(named) ? named : `http-${status}`;
}

const isCode = (text: string): boolean => /^[a-zA-Z0-9_.-]{1,40}$/.test(text);
