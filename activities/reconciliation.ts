import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import {
  longestUnvisited,
  markVisited,
  type PoaToStart,
  standingStill,
  sweepGoesOn,
  type Undelivered,
  undelivered,
  undeliveredToRegistrations,
  unstarted,
  type Visit,
} from '../db/reconciliation.ts';
import { deleteExpired, destroyKeysWithoutRow, dropBrokenUploads } from '../db/tidy.ts';
import { dropOldDeliveries } from '../db/webhooks/deliveries.ts';
import type { Processes } from '../gateways/temporal.ts';
import { eachOf } from './each.ts';

export interface ReconciliationDeps {
  db: Database;
  processes: Processes;
  log: Logger;
  /** Counts what had to be mended, by kind. */
  mended: (kind: string) => void;
}

/** Calls to Temporal at once: enough to go through a batch quickly, few enough to leave it room for the processes. */
const AT_ONCE = 10;
/** Records of webhooks that are dropped in a run: more than a day's share of a million declarations. */
const DELIVERIES_DROPPED = 20_000;

/** Brings Temporal back in line with the database: what is recorded there and not under way is started or delivered. */
export function createReconciliationActivities({ db, processes, log, mended }: ReconciliationDeps) {
  const startAgain = (process: Visit) => {
    switch (process.kind) {
      case 'poa':
        return processes.startPoa(process.start, { again: true });
      case 'registration':
        return processes.startRegistration(process.registrationId, { again: true });
      case 'customs-notice':
        return processes.startCustomsNotice(process.noticeId, { again: true });
      case 'manifest':
        return processes.startManifest(process.start, { again: true });
    }
  };

  /** Everybody else starts once for all; only a process that the database knows as unfinished may run again. */
  const start = async (process: Visit, kind: 'unstarted' | 'restarted') => {
    if ((await startAgain(process)) === 'started') mended(kind);
  };

  /** To a running process by its message; a process that runs no more finds it when it starts again. */
  const deliver = async ({ kind, id, start: process }: Undelivered) => {
    mended(kind);
    const { declarationId } = process;
    if ((await processes.startPoa(process, { again: true })) === 'started') return;
    switch (kind) {
      case 'decide':
        return void (await processes.decide(declarationId, { consentId: id }));
      case 'amend':
        return void (await processes.amend(declarationId, { proposalId: id }));
      case 'cancel':
        return void (await processes.cancel(declarationId, { proposalId: id }));
      case 'resolve':
        return void (await processes.resolve(declarationId, { resolutionId: id }));
      case 'look':
        return processes.lookAgain(declarationId);
    }
  };

  /** A process that has forgotten what the database knows looks again; one that is at it is left alone. */
  const wake = async ({ finished, ...process }: PoaToStart & { finished: boolean }) => {
    const { declarationId } = process;
    // Resolved to its end: only a run that has not heard of it is to know.
    if (finished) return processes.lookAgain(declarationId).catch(() => {});
    if ((await processes.startPoa(process, { again: true })) === 'started') return mended('restarted');
    if (await processes.isBusy(declarationId)) return;
    mended('forgotten');
    await processes.lookAgain(declarationId);
  };

  /** One that fails is left to the next run: the others go on. */
  const each = <T>(items: readonly T[], work: (item: T) => Promise<unknown>) =>
    eachOf(items, AT_ONCE, log, work);

  return {
    /** One batch of everything. `more`: a full sweep goes on. */
    async reconcile(): Promise<{ more: boolean }> {
      const { pool } = db;
      await each(await unstarted(pool), (process) => start(process, 'unstarted'));
      await each(await undelivered(pool), deliver);
      await each(await undeliveredToRegistrations(pool), ({ kind, id }) => {
        mended(kind);
        return kind === 'authorization'
          ? processes.authorizationReceived(id)
          : processes.lookAgainAtRegistration(id);
      });
      await each(await standingStill(pool), wake);
      const visited: Visit[] = [];
      await each(await longestUnvisited(pool), async (process) => {
        await start(process, 'restarted');
        visited.push(process);
      });
      await markVisited(pool, visited);
      return { more: visited.length > 0 && (await sweepGoesOn(pool)) };
    },

    /** Takes away what has expired, and keys whose row never came. */
    async tidy(): Promise<void> {
      const { pool } = db;
      await deleteExpired(pool);
      await destroyKeysWithoutRow(db);
      await dropBrokenUploads(db);
      await dropOldDeliveries(pool, DELIVERIES_DROPPED);
    },
  };
}

export type ReconciliationActivities = ReturnType<typeof createReconciliationActivities>;
