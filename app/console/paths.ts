/** Addresses of the console's screens: `:id` stands for one part. The API serves the shell at each (api/app-files.ts). */
import { matchPath } from '../src/paths.ts';

export const PATHS = {
  overview: '/console',
  login: '/console/login',
  join: '/console/join',
  declarations: '/console/declarations',
  corrections: '/console/corrections',
  declaration: '/console/declarations/:id',
  amend: '/console/declarations/:id/amend',
  manifests: '/console/manifests',
  manifest: '/console/manifests/:id',
  webhooks: '/console/webhooks',
  webhook: '/console/webhooks/:id',
  users: '/console/users',
  user: '/console/users/:id',
  record: '/console/record',
  me: '/console/me',
} as const;

export const declarationPath = (id: string): string => PATHS.declaration.replace(':id', id);
export const amendPath = (id: string): string => PATHS.amend.replace(':id', id);
export const manifestPath = (id: string): string => PATHS.manifest.replace(':id', id);
export const webhookPath = (id: string): string => PATHS.webhook.replace(':id', id);
export const userPath = (id: string): string => PATHS.user.replace(':id', id);

/** Declarations that match: the list with a filter. */
export const declarationsPath = (filter: Readonly<Record<string, string>>): string =>
  `${PATHS.declarations}?${new URLSearchParams(filter)}`;

const isConsolePath = (path: string): boolean =>
  Object.values(PATHS).some((pattern) => matchPath(pattern, path) !== null);

/** Where to go after a login: a screen of ours, never another site. */
export const safeNext = (next: string | null): string =>
  next?.startsWith('/') && isConsolePath(next.split(/[?#]/)[0] ?? '') ? next : PATHS.overview;
