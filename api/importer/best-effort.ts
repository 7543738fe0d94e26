import type { ApiDeps } from '../deps.ts';

/** What is kept in the database is found by the reconciliation when Temporal cannot be told now. */
export async function bestEffort(
  { log }: Pick<ApiDeps, 'log'>,
  what: string,
  tell: () => Promise<unknown>,
): Promise<void> {
  try {
    await tell();
  } catch (error) {
    log.warn({ what, error: (error as Error).name }, 'Temporal was not reached: left to the reconciliation');
  }
}
