/** The few variables that a stand-in's program reads. */
import { z } from 'zod';
import type { SandboxPages } from './pages/page.ts';

/** Throws one sentence that names the variable. */
export function required(name: string, env: NodeJS.ProcessEnv): string {
  const value = env[name];
  if (!value) throw new Error(`${name} must be set.`);
  return value;
}

/** `PORT`; throws when it is no port number. */
export function portFrom(env: NodeJS.ProcessEnv): number {
  const port = Number(required('PORT', env));
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('PORT must be a port number.');
  return port;
}

/** `STATE_FILE`, as options take it: left out when not set. */
export const stateFileFrom = (env: NodeJS.ProcessEnv): { stateFile?: string } =>
  env.STATE_FILE ? { stateFile: env.STATE_FILE } : {};

const pagesSchema = z.strictObject({
  appUrl: z.url(),
  messagesUrl: z.url(),
  customsUrl: z.url(),
  telecomUrl: z.url(),
});

/** `SANDBOX_PAGES`, as options take it: left out when not set. */
export const pagesFrom = (env: NodeJS.ProcessEnv): { pages?: SandboxPages } =>
  env.SANDBOX_PAGES ? { pages: pagesSchema.parse(JSON.parse(env.SANDBOX_PAGES)) } : {};
