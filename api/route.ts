import { pipeline, Readable } from 'node:stream';
import { OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import type { ErrorCode, Problem } from '../domain/error-code.ts';
import { HttpProblem, PROBLEMS } from './problem.ts';

export type Method = 'get' | 'post' | 'put' | 'delete';

export interface RouteMeta {
  summary: string;
  tags: [string];
  /** Name of the security scheme; left out for public routes. */
  security?: 'broker' | 'console' | 'client' | 'session' | 'registration' | 'customs' | 'operator';
  /** Problems of this route besides those that any may give. */
  problems?: readonly ErrorCode[];
}

/** JSON of a schema; text, bytes or a stream in one of some media types (the first unless a header says another); or nothing. */
export type AnswerBody = z.ZodType | readonly string[] | null;

/** Schemas of what comes in and what goes out; `answers` by status. */
export interface RouteSchemas<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  H extends z.ZodType = z.ZodType,
> {
  params?: P;
  query?: Q;
  body?: B;
  /** Header fields that the handler reads, in lower case. */
  headers?: H;
  /** A form (RFC 6749) that the handler reads itself. */
  form?: z.ZodType;
  /** Media types of a body that the handler reads as it comes, with an example of each. */
  upload?: Readonly<Record<string, string>>;
  answers: Readonly<Record<number, AnswerBody>>;
}

/** What a handler is given: everything parsed. */
export interface Call<P, Q, B, H> {
  params: P;
  query: Q;
  body: B;
  headers: H;
  req: Request;
  res: Response;
}

/** What it answers with. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** A query parameter that is not known makes any request malformed. */
const COMMON: readonly ErrorCode[] = [
  'malformed-request',
  'too-many-requests',
  'temporarily-unavailable',
  'internal',
];

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

/** Every route of the API, for `/openapi.json`. One per app. */
export const createRegistry = (): OpenAPIRegistry => new OpenAPIRegistry();

/** What routers add their routes to. */
export interface Routes {
  router: Router;
  registry: OpenAPIRegistry;
  /** Methods by path, for 405 with `Allow`. */
  methods: Map<string, Set<string>>;
}

/** Paths that exist answer other methods with 405; to be called after the last route. */
export function refuseOtherMethods({ router, methods }: Routes): void {
  for (const [path, allowed] of methods) {
    const allow = [...allowed, ...(allowed.has('GET') ? ['HEAD'] : [])].join(', ');
    router.all(path, () => {
      throw new HttpProblem('method-not-allowed', `Allowed here: ${allow}.`, { headers: { allow } });
    });
  }
}

/** Registers, parses, runs and answers: `route('get', '/v1/…', meta, schemas)(handler)`. */
export function createRoute({ router, registry, methods }: Routes) {
  return <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, H extends z.ZodType>(
    method: Method,
    path: string,
    meta: RouteMeta,
    schemas: RouteSchemas<P, Q, B, H>,
    ...before: RequestHandler[]
  ) =>
    (
      handler: (call: Call<z.output<P>, z.output<Q>, z.output<B>, z.output<H>>) => Promise<Answer> | Answer,
    ): void => {
      registry.registerPath(openApiPath(method, path, meta, schemas));
      methods.set(path, (methods.get(path) ?? new Set()).add(method.toUpperCase()));
      router[method](path, ...before, async (req, res) => {
        const call = {
          params: parseParams(schemas.params, req.params) as z.output<P>,
          query: parseQuery(schemas.query, req.query) as z.output<Q>,
          body: parseBody(schemas.body, req) as z.output<B>,
          headers: parseHeaders(schemas.headers, req.headers) as z.output<H>,
          req,
          res,
        };
        const answer = await handler(call);
        send(res, answer, schemas.answers);
      });
    };
}

export type Route = ReturnType<typeof createRoute>;

function send(
  res: Response,
  { status, body, headers = {} }: Answer,
  answers: RouteSchemas<never, never, never>['answers'],
): void {
  const schema = answers[status];
  // An answer that is not as documented is an error of ours: found by every test that meets it.
  if (schema === undefined) throw new Error(`answer ${status} is not documented`);
  if (body instanceof Readable && isText(schema)) {
    res
      .type(schema[0] ?? 'application/octet-stream')
      .status(status)
      .set(headers);
    // Whoever hangs up half-way has it half; nothing is left to answer.
    return void pipeline(body, res, () => {});
  }
  const bytes = body === undefined ? null : bytesOf(schema, body);
  if (bytes !== null) res.type(isText(schema) ? (schema[0] ?? 'text/plain') : 'application/json');
  res.status(status).set(headers);
  if (bytes === null) return void res.end();
  // Not `res.send`: it would answer 304 to an If-None-Match.
  res.set('content-length', String(Buffer.byteLength(bytes))).end(bytes);
}

const isText = (schema: AnswerBody): schema is readonly string[] => Array.isArray(schema);

function bytesOf(schema: AnswerBody, body: unknown): string | Buffer {
  if (isText(schema)) return Buffer.isBuffer(body) ? body : String(body);
  return JSON.stringify(schema === null ? body : schema.parse(body));
}

/** An id in the path that cannot be one is simply unknown. The segments of a wildcard (`*name`) are one parameter. */
function parseParams(schema: z.ZodType | undefined, params: Request['params']): unknown {
  const entries = Object.entries(params).map(([name, value]) => [name, [value].flat().join('/')]);
  const result = schema?.safeParse(Object.fromEntries(entries));
  if (result && !result.success) throw new HttpProblem('not-found', PROBLEMS['not-found'].remedy);
  return result?.data ?? {};
}

function parseQuery(schema: z.ZodType | undefined, query: unknown): unknown {
  const result = (schema ?? z.strictObject({})).safeParse(query);
  if (!result.success) {
    throw new HttpProblem('malformed-request', 'The query is not valid.', {
      errors: problemsOf(result.error),
    });
  }
  return result.data;
}

function parseHeaders(schema: z.ZodType | undefined, headers: Request['headers']): unknown {
  const result = schema?.safeParse(headers);
  if (result && !result.success) {
    throw new HttpProblem('malformed-request', 'A header field is not valid.', {
      errors: problemsOf(result.error),
    });
  }
  return result?.data ?? {};
}

function parseBody(schema: z.ZodType | undefined, req: Request): unknown {
  if (!schema) return undefined;
  if (req.body === undefined || req.get('content-length') === '0') {
    if (mayBeMissing(schema)) return undefined;
    throw new HttpProblem('malformed-request', 'A JSON body is needed.');
  }
  const result = schema.safeParse(req.body);
  if (!result.success) {
    throw new HttpProblem('validation-failed', PROBLEMS['validation-failed'].remedy, {
      errors: problemsOf(result.error),
    });
  }
  return result.data;
}

const mayBeMissing = (body: z.ZodType): boolean => body.safeParse(undefined).success;

/** zod's issues as problems with JSON Pointers (RFC 6901). */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.slice(0, MOST_PROBLEMS).flatMap(problemsOfIssue).slice(0, MOST_PROBLEMS);
}

/** Told of one body: more help nobody, and would be larger than what was sent. */
const MOST_PROBLEMS = 50;
/** Of a pointer to a member that does not exist: its sender chose the name. */
const POINTER_MAX_LENGTH = 200;

function problemsOfIssue(issue: z.core.$ZodIssue): Problem[] {
  const at = (path: readonly PropertyKey[]) =>
    path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MOST_PROBLEMS).map((key) => ({
      pointer: at([...issue.path, key]).slice(0, POINTER_MAX_LENGTH),
      code: 'unknown-member',
      detail: 'This member does not exist.',
    }));
  }
  const code = issue.code === 'custom' ? 'invalid-value' : issue.code.replaceAll('_', '-');
  return [{ pointer: at(issue.path), code, detail: issue.message }];
}

function openApiPath(
  method: Method,
  path: string,
  meta: RouteMeta,
  schemas: RouteSchemas<z.ZodType, z.ZodType, z.ZodType>,
): RouteConfig {
  const own: ErrorCode[] = [
    ...(meta.problems ?? []),
    ...(meta.security ? (['unauthenticated'] as const) : []),
    ...(schemas.body ? (['validation-failed'] as const) : []),
    ...(schemas.body || schemas.upload ? (['body-too-large', 'unsupported-media-type'] as const) : []),
    ...(schemas.params ? (['not-found'] as const) : []),
    ...COMMON,
  ];
  const statuses = new Map<number, ErrorCode[]>();
  for (const code of new Set(own)) {
    const { status } = PROBLEMS[code];
    statuses.set(status, [...(statuses.get(status) ?? []), code]);
  }
  // A stale If-Match is the same conflict with the status that RFC 9110 §13.1.1 gives it.
  if (own.includes('if-match-required')) statuses.set(412, ['version-conflict']);
  const answers = Object.entries(schemas.answers).map(([status, schema]) => [
    status,
    { description: 'Success', ...(schema && { content: contentOf(schema) }) },
  ]);
  const problems = [...statuses].map(([status, codes]) => [
    String(status),
    {
      description: codes.map((code) => `\`${code}\``).join(', '),
      content: { 'application/problem+json': { schema: problemSchema } },
    },
  ]);
  return {
    method,
    path: path.replace(/[:*](\w+)/g, '{$1}'),
    operationId: operationId(method, path),
    summary: meta.summary,
    tags: meta.tags,
    security: meta.security ? [{ [meta.security]: [] }] : [],
    request: {
      ...(schemas.params && { params: schemas.params }),
      ...(schemas.query && { query: schemas.query }),
      headers: requestHeaders(own, schemas.headers),
      ...(schemas.body && {
        body: {
          required: !mayBeMissing(schemas.body),
          content: { 'application/json': { schema: schemas.body } },
        },
      }),
      ...(schemas.form && {
        body: {
          required: true,
          content: { 'application/x-www-form-urlencoded': { schema: schemas.form } },
        },
      }),
      ...(schemas.upload && { body: { required: true, content: uploadContent(schemas.upload) } }),
    },
    responses: Object.fromEntries([...problems, ...answers]),
  } as unknown as RouteConfig;
}

/** Headers that a request needs or may have, as its problems tell. */
const requestHeaders = (problems: readonly ErrorCode[], read?: z.ZodType): z.ZodObject => {
  const key = z.string().regex(/^[\x21-\x7e]{1,255}$/);
  const etag = z.string().meta({ description: 'ETag of the version that is amended', example: '"1"' });
  return z.object({
    ...(problems.includes('idempotency-key-reused') && {
      'Idempotency-Key': problems.includes('idempotency-key-required') ? key : key.optional(),
    }),
    ...(problems.includes('if-match-required') && { 'If-Match': etag }),
    ...(read instanceof z.ZodObject && read.shape),
  });
};

const contentOf = (schema: NonNullable<AnswerBody>) =>
  isText(schema)
    ? Object.fromEntries(schema.map((media) => [media, { schema: writtenAs(media) }]))
    : { 'application/json': { schema } };

/** What is written as it stands: any JSON, or text. */
const writtenAs = (media: string) => (/[/+]json$/.test(media) ? z.looseObject({}) : z.string());

const uploadContent = (examples: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(examples).map(([media, example]) => [media, { schema: z.string(), example }]),
  );

/** `get` and `/v1/declarations/:declarationId` → `getV1DeclarationsDeclarationId`. */
const operationId = (method: Method, path: string): string =>
  method + path.replace(/[^A-Za-z0-9]+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
