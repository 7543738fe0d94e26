import type { RequestHandler, Response } from 'express';
import { type ConsoleSession, findConsoleSession } from '../../db/console/sessions.ts';
import { actAs } from '../broker/auth.ts';
import { createCookies } from '../cookies.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem } from '../problem.ts';
import { sessionIsAlive } from '../session-rate.ts';

/** What the page looks at by itself says so, and does not keep a session awake whose person has left. */
const BY_ITSELF = 'x-refresh';

/** Lets only logged-in users of a broker's console through, as that broker's; `consoleSessionOf(res)` says who. */
export function requireConsole({ db, settings }: ApiDeps): RequestHandler {
  const cookies = createCookies(settings.publicUrl);
  return async (req, res, next) => {
    const hash = cookies.console(req);
    const acts = req.get(BY_ITSELF) === undefined;
    const session = hash && (await findConsoleSession(db.pool, hash, acts));
    if (!session) throw new HttpProblem('unauthenticated', 'Log in with your passkey.');
    res.locals.console = session;
    actAs(res, { broker: session.broker, userId: session.userId });
    sessionIsAlive(res);
    next();
  };
}

export const consoleSessionOf = (res: Response): ConsoleSession => res.locals.console as ConsoleSession;

/** Throws `forbidden` for members. */
export function requireAdmin(res: Response): ConsoleSession {
  const session = consoleSessionOf(res);
  if (session.role !== 'admin') throw new HttpProblem('forbidden', 'Only administrators can do this.');
  return session;
}

/** What gives or takes access is done right after a login only. Throws `forbidden`. */
export function requireRecentLogin(session: ConsoleSession): void {
  if (!session.recent)
    throw new HttpProblem('forbidden', 'Log in with your passkey once more, then try again.');
}
