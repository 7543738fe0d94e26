/** The importers' app and a broker's console as built (`app/dist`): the shell of each at every address of its screens, and their files. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import helmet from 'helmet';
import { HttpProblem } from './problem.ts';

/** Addresses of the app's screens: those of app/src/paths.ts, with all below them. */
const SCREENS = ['/', '/login', '/inbox'];
const SCREENS_WITH_PARTS = ['/register', '/r', '/d', '/history', '/me'];
/** Of the console: those of app/console/paths.ts. */
const CONSOLE_SCREENS = ['/console', '/console/login', '/console/join', '/console/corrections'];
const CONSOLE_SCREENS_WITH_PARTS = [
  '/console/declarations',
  '/console/manifests',
  '/console/users',
  '/console/webhooks',
  '/console/record',
  '/console/me',
];

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webmanifest: 'application/manifest+json; charset=utf-8',
};

/** One year, s: the name of an asset holds its content's hash. */
const FOR_GOOD = 'public, max-age=31536000, immutable';
/** Kept, and asked for at each use whether it still holds. */
const ASK_FIRST = 'no-cache';

/** Everything from our own origin, and no script or style inside of a page (CSP Level 3, Trusted Types). */
const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  workerSrc: ["'self'"],
  fontSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  objectSrc: ["'none'"],
  requireTrustedTypesFor: ["'script'"],
  trustedTypes: ['service-worker'],
};
const NEVER_USED = [
  'camera',
  'display-capture',
  'geolocation',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
];
const PERMISSIONS = [
  'publickey-credentials-create=(self)',
  'publickey-credentials-get=(self)',
  ...NEVER_USED.map((feature) => `${feature}=()`),
].join(', ');

/** The smallest first. */
const ENCODINGS = ['br', 'gzip'] as const;

interface Body {
  bytes: Buffer;
  etag: string;
}

interface AppFile {
  type: string;
  caching: string;
  bodies: { identity: Body; br?: Body; gzip?: Body };
}

/** Reads the whole app, so that a build that takes its place disturbs nobody. Throws where there is none. */
export function appFiles(directory: string): Router {
  if (!existsSync(join(directory, 'index.html')) || !existsSync(join(directory, 'console', 'index.html')))
    throw new Error(`no app and console in ${directory}: npm run build:app makes them`);
  const router = Router();
  const add = (path: string, file: AppFile) =>
    router
      .route(path)
      .get(...headers, (req: Request, res: Response) => send(req, res, file))
      .all(() => {
        throw new HttpProblem('method-not-allowed', 'Allowed here: GET, HEAD.', {
          headers: { allow: 'GET, HEAD' },
        });
      });
  const addApp = (from: string, prefix: string, screens: readonly string[], withParts: readonly string[]) => {
    for (const name of readdirSync(from).filter(isServed))
      add(`${prefix}/${name}`, readApp(from, name, ASK_FIRST));
    const assets = join(from, 'assets');
    for (const name of readdirSync(assets).filter(isServed))
      add(`${prefix}/assets/${name}`, readApp(assets, name, FOR_GOOD));
    const shell = readApp(from, 'index.html', ASK_FIRST);
    for (const path of screens) add(path, shell);
    for (const path of withParts) add(`${path}{/*parts}`, shell);
  };
  addApp(directory, '', SCREENS, SCREENS_WITH_PARTS);
  addApp(join(directory, 'console'), '/console', CONSOLE_SCREENS, CONSOLE_SCREENS_WITH_PARTS);
  return router;
}

const headers: RequestHandler[] = [
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    referrerPolicy: { policy: 'no-referrer' },
  }),
  (req, res, next) => {
    res.setHeader('permissions-policy', PERMISSIONS);
    const calls = firstCalls(req.path).map(
      (path) => `<${path}>; rel=preload; as=fetch; crossorigin=anonymous`,
    );
    if (calls.length > 0) res.setHeader('link', calls.join(', '));
    next();
  },
];

/** What a screen shows first, fetched beside its script instead of after it (RFC 8288): a round trip less for the person. */
function firstCalls(screen: string): string[] {
  if (screen === '/inbox') return ['/app/inbox', '/app/identity'];
  const declarationId = /^\/d\/([0-9a-f-]{36})$/.exec(screen)?.[1];
  return declarationId ? [`/app/declarations/${declarationId}`] : [];
}

const extensionOf = (name: string): string => name.split('.').at(-1) ?? '';

/** The page itself is served at the addresses of its screens alone. */
const isServed = (name: string): boolean => name !== 'index.html' && extensionOf(name) in TYPES;

function readApp(directory: string, name: string, caching: string): AppFile {
  const body = (suffix: string): Body | undefined => {
    const path = join(directory, name + suffix);
    if (!existsSync(path)) return undefined;
    const bytes = readFileSync(path);
    return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
  };
  const [identity, br, gzip] = [body(''), body('.br'), body('.gz')];
  if (!identity) throw new Error(`${name} is missing in the app`);
  return {
    type: TYPES[extensionOf(name)] ?? '',
    caching,
    bodies: { identity, ...(br && { br }), ...(gzip && { gzip }) },
  };
}

/** The smallest form that the browser takes. */
function send(req: Request, res: Response, { type, caching, bodies }: AppFile): void {
  const encoding = ENCODINGS.find((one) => bodies[one] && req.acceptsEncodings(one)) ?? 'identity';
  const body = bodies[encoding] ?? bodies.identity;
  res.set({ 'cache-control': caching, vary: 'accept-encoding', etag: body.etag });
  if (hasAlready(req, body.etag)) return void res.status(304).end();
  if (encoding !== 'identity') res.set('content-encoding', encoding);
  res.set({ 'content-type': type, 'content-length': String(body.bytes.length) });
  res.end(req.method === 'HEAD' ? undefined : body.bytes);
}

/** `If-None-Match` names what it has (RFC 9110 §13.1.2). */
const hasAlready = (req: Request, etag: string): boolean =>
  (req.get('if-none-match') ?? '').split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
