/** Addresses of the app's screens: `:id` stands for one part. The API serves the shell at each (api/app-files.ts). */
export const PATHS = {
  home: '/',
  login: '/login',
  register: '/register',
  registerStep: '/register/:step',
  registration: '/r/:id',
  inbox: '/inbox',
  declaration: '/d/:id',
  history: '/history',
  receipt: '/history/:id',
  me: '/me',
  mePart: '/me/:part',
} as const;

/** What the parts of a pattern stand for in a path, or null where the path is not of that pattern. */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const [expected, given] = [partsOf(pattern), partsOf(path)];
  if (expected.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of expected.entries()) {
    const value = given[at] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = value;
    else if (part !== value) return null;
  }
  return params;
}

export const isAppPath = (path: string): boolean =>
  Object.values(PATHS).some((pattern) => matchPath(pattern, path) !== null);

/** Where to go after a login: a path of ours, never another site. */
export const safeNext = (next: string | null): string =>
  next?.startsWith('/') && isAppPath(next.split(/[?#]/)[0] ?? '') ? next : PATHS.home;

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '');
