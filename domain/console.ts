/** A broker's console: who uses it, and what they do there that is recorded. */

/** `admin` also invites and removes users. */
export const CONSOLE_ROLES = ['admin', 'member'] as const;
export type ConsoleRole = (typeof CONSOLE_ROLES)[number];

/** What the record of the console tells of. */
export const CONSOLE_ACTS = [
  'amended',
  'cancelled',
  'invited',
  'joined',
  'deactivated',
  'passkey-added',
  'passkey-revoked',
  'session-ended',
  'webhook-resumed',
  'webhook-redelivered',
] as const;
export type ConsoleActKind = (typeof CONSOLE_ACTS)[number];

/** Of a console's user as WebAuthn keeps it (`user.id`): never that of an importer, who may be the same person. */
export const consoleUserHandle = (userId: string): string => `console/${userId}`;
