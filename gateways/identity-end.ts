import type { Processes } from './temporal.ts';

/** As `endIdentity` leaves it in the database. */
interface EndedIdentity {
  noticeId: string;
  declarationIds: readonly string[];
  registrationIds: readonly string[];
}

/**
 * Tells, after the commit, whoever the end of an identity concerns. Best effort: the reconciliation tells those that did
 * not hear.
 */
export async function tellIdentityEnd(
  processes: Pick<Processes, 'startCustomsNotice' | 'lookAgain' | 'lookAgainAtRegistration'>,
  { noticeId, declarationIds, registrationIds }: EndedIdentity,
): Promise<void> {
  await Promise.allSettled([
    processes.startCustomsNotice(noticeId),
    ...declarationIds.map((id) => processes.lookAgain(id)),
    ...registrationIds.map((id) => processes.lookAgainAtRegistration(id)),
  ]);
}
