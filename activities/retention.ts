import type { Database } from '../db/database.ts';
import { dropManifests, shredConsoleUsers, shredPeople, shredRegistrations } from '../db/retention/people.ts';
import { beginPurge, dueBefore, finishPurge } from '../db/retention/purge.ts';
import { beginRun, countPeople, endRun } from '../db/retention/runs.ts';

export interface RetentionDeps {
  db: Pick<Database, 'pool' | 'keys'>;
  settings: {
    /** A POA is kept for so many months after its end. */
    retentionMonths: number;
  };
}

/** Shreds what is not to be kept any more. */
export function createRetentionActivities({ db, settings }: RetentionDeps) {
  return {
    /** One batch of everything, what an earlier run left half done first. `more`: there may be more of it. */
    async purge({ run }: { run: string }): Promise<{ more: boolean }> {
      const { pool } = db;
      const { retentionMonths } = settings;
      await beginRun(pool, run, retentionMonths);
      const before = await dueBefore(pool, retentionMonths);
      const unfinished = await finishPurge(db);
      const begun = await beginPurge(db, { run, before });
      await finishPurge(db);
      const people = await shredPeople(db);
      await countPeople(pool, run, people);
      const others =
        (await shredRegistrations(db)) +
        (await shredConsoleUsers(db, before)) +
        (await dropManifests(db, before));
      const more = unfinished || begun + people + others > 0;
      if (!more) await endRun(pool, run);
      return { more };
    },
  };
}

export type RetentionActivities = ReturnType<typeof createRetentionActivities>;
