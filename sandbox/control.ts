/**
 * The control interface that all stand-ins share under `/_control`: what was asked of them, and how they are made to
 * misbehave on purpose. Never part of the product.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import express, {
  type Express,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import { z } from 'zod';
import { parseBody, problemHandler, rawBody, sendProblem, unknownRoute } from './problem.ts';

/** Requests remembered; older ones are forgotten, so that load does not fill the memory. */
export const HISTORY_LIMIT = 20_000;
const BODY_LIMIT = 2 * 1024 * 1024;

export interface RecordedRequest {
  at: string;
  method: string;
  /** Path with its query. */
  path: string;
  headers: Record<string, unknown>;
  /** JSON as its value, text and forms as text, anything else in base64; null without a body. */
  body: unknown;
  /** What was answered; null while unanswered, and for good when the connection was dropped. */
  status: number | null;
}

const faultSchema = z.strictObject({
  /** Prefix of the paths concerned. */
  route: z.string().startsWith('/'),
  /** Answered instead of acting. */
  status: z.int().min(400).max(599).optional(),
  /** Waited first. */
  delayMs: z.int().min(0).max(600_000).optional(),
  /** Closes the connection without an answer: before acting, or after. */
  drop: z.enum(['before', 'after']).optional(),
  times: z.int().min(1).default(1),
});
type Fault = z.output<typeof faultSchema>;

export interface ControlOptions {
  /** Puts the stand-in back to how it first started. */
  reset(): void;
  /** Body of an answer that a fault asks for, in the stand-in's own error form. */
  faultBody(status: number, path: string): { type: string; body: unknown };
}

/**
 * An app with the control interface, body reading, history and faults in place. The stand-in adds its own control
 * calls to `control`, its pages for people to `pages`, and its interface to `app`. Bodies arrive as bytes (`rawBody`,
 * `parseBody`).
 */
export function createControlledApp(options: ControlOptions): {
  app: Express;
  control: Router;
  pages: Router;
} {
  const history: Recorded[] = [];
  const faults: Fault[] = [];
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(readBody);

  const control = express.Router();
  control.get('/requests', (req, res) => {
    const prefix = typeof req.query.path === 'string' ? req.query.path : '';
    res.json(history.filter(({ path }) => path.startsWith(prefix)).map(shown));
  });
  control.post('/faults', (req, res) => {
    faults.push(parseBody(faultSchema, req));
    res.status(204).end();
  });
  control.delete('/faults', (_req, res) => {
    faults.length = 0;
    res.status(204).end();
  });
  control.post('/reset', (_req, res) => {
    history.length = 0;
    faults.length = 0;
    options.reset();
    res.status(204).end();
  });
  app.use('/_control', control);
  // What the stand-in's own routes on `control` leave over must not reach its interface.
  app.use('/_control', unknownRoute, problemHandler);
  // Nobody's interface: not recorded, and never failing by a fault.
  const pages = express.Router();
  pages.get('/favicon.ico', (_req, res) => void res.status(204).end());
  app.use(pages);

  app.use((req, res, next) => {
    record(history, req, res);
    next();
  });
  app.use(async (req, res, next) => {
    const fault = take(faults, req.path);
    if (fault?.delayMs) await sleep(fault.delayMs);
    if (fault?.drop === 'before') return void req.socket.destroy();
    if (fault?.drop === 'after') swallowAnswer(req, res);
    else if (fault?.status) {
      const { type, body } = options.faultBody(fault.status, req.path);
      return void res.status(fault.status).type(type).send(JSON.stringify(body));
    }
    next();
  });
  return { app, control, pages };
}

/**
 * The bytes as they came (`rawBody`). Not express's own parser: it refuses a `Content-Encoding` that it cannot undo, such
 * as Web Push's.
 */
const readBody: RequestHandler = (req, res, next) => {
  const chunks: Buffer[] = [];
  let length = 0;
  req.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= BODY_LIMIT) chunks.push(chunk);
  });
  req.on('end', () => {
    if (length > BODY_LIMIT)
      return sendProblem(res, { status: 413, code: 'body-too-large', detail: 'Body too large.' });
    req.body = Buffer.concat(chunks);
    next();
  });
};

interface Recorded extends Omit<RecordedRequest, 'body'> {
  bytes: Buffer;
}

function record(history: Recorded[], req: Request, res: Response): void {
  const entry: Recorded = {
    at: new Date().toISOString(),
    method: req.method,
    path: req.originalUrl,
    headers: req.headers,
    bytes: rawBody(req),
    status: null,
  };
  history.push(entry);
  if (history.length > HISTORY_LIMIT) history.shift();
  const writeHead = res.writeHead;
  // Noted before the answer leaves, so that whoever has the answer also finds it here.
  res.writeHead = function noting(this: Response, status: number, ...rest: unknown[]) {
    entry.status = status;
    return Reflect.apply(writeHead, this, [status, ...rest]);
  } as typeof res.writeHead;
}

function shown({ bytes, ...entry }: Recorded): RecordedRequest {
  return { ...entry, body: bytes.length > 0 ? readable(bytes, String(entry.headers['content-type'])) : null };
}

function readable(bytes: Buffer, contentType: string): unknown {
  if (contentType.includes('json')) {
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch {
      return bytes.toString('utf8');
    }
  }
  return /^text\/|urlencoded/.test(contentType) ? bytes.toString('utf8') : bytes.toString('base64');
}

/** The first fault for the path, used up by one. */
function take(faults: Fault[], path: string): Fault | undefined {
  const index = faults.findIndex(({ route }) => path.startsWith(route));
  const fault = faults[index];
  if (!fault) return undefined;
  fault.times -= 1;
  if (fault.times === 0) faults.splice(index, 1);
  return fault;
}

/** The handler acts as always, but its answer never leaves. */
function swallowAnswer(req: Request, res: Response): void {
  res.write = () => true;
  res.end = () => {
    req.socket.destroy();
    return res;
  };
}
