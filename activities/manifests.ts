import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import {
  completeManifest,
  countOpen,
  linesToStart,
  markStarted,
  type OpenManifest,
  type ToStart,
  takeLines,
  visitManifest,
} from '../db/manifests/taking.ts';
import { Shredded } from '../db/poa/version.ts';
import { flagWaybillsElsewhere } from '../db/waybill-elsewhere.ts';
import type { ManifestTurn } from '../domain/manifest.ts';
import type { Processes } from '../gateways/temporal.ts';
import { eachOf } from './each.ts';
import { processNotFound } from './guard.ts';

export interface ManifestDeps {
  db: Database;
  processes: Pick<Processes, 'startPoa'>;
  settings: {
    /** Of one broker's processes that have not reached their importers, so many at once before its manifests wait. */
    manifestUnderWay: number;
  };
  log: Logger;
}

/** Lines of one turn: a second or so of work, so that a turn that is lost costs little. */
const LINES = 50;
/** Starts at once: enough to keep Temporal busy, few enough to leave it room. */
const AT_ONCE = 10;
/** Looks again after this when the broker has enough under way, ms. */
const FULL_PAUSE_MS = 500;
/** An earlier manifest of the same broker goes first; so much for each, ms. */
const EARLIER_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

/** What turns a manifest's lines into declarations. */
export function createManifestActivities({ db, processes, settings, log }: ManifestDeps) {
  /** Starts what is declared; throws when some could not be, after all were tried. */
  const startAll = async ({ manifestId, boxNumber }: OpenManifest, all: ToStart[]) => {
    const started: number[] = [];
    await eachOf(all, AT_ONCE, log, async ({ line, ...start }) => {
      await processes.startPoa({ ...start, brokerBoxNumber: boxNumber, fromManifest: true });
      started.push(line);
    });
    await markStarted(db.pool, manifestId, started);
    if (started.length < all.length) throw new Error('some processes could not be started');
  };

  return {
    /**
     * One turn: the next lines become declarations, and their processes are started. Safe to be done again from any point: a
     * line's answer is committed with its declaration, and a process is started once, however often it is asked for.
     */
    async takeLines({ manifestId }: { manifestId: string }): Promise<ManifestTurn> {
      const manifest = await visitManifest(db.pool, manifestId);
      if (!manifest) throw processNotFound();
      if (manifest.status === 'completed') return { completed: true, waiting: 0, pauseMs: 0 };
      const key = await db.keys.get(manifestId);
      if (!key) throw new Shredded(manifestId);

      await startAll(manifest, await linesToStart(db.pool, manifestId, LINES));
      if (manifest.earlier > 0) {
        const pauseMs = Math.min(manifest.earlier * EARLIER_PAUSE_MS, LONGEST_PAUSE_MS);
        return { completed: false, waiting: await countOpen(db.pool, manifestId), pauseMs };
      }
      const bounds = { lines: LINES, underWay: settings.manifestUnderWay };
      const { waybills, waiting, full } = await takeLines(db, manifest, key, bounds);
      await flagWaybillsElsewhere(db.pool, waybills);
      await startAll(manifest, await linesToStart(db.pool, manifestId, LINES));
      const left = waiting - waybills.length;
      const completed = left === 0 && (await completeManifest(db.pool, manifestId));
      return { completed, waiting: left, pauseMs: full ? FULL_PAUSE_MS : 0 };
    },
  };
}

export type ManifestActivities = ReturnType<typeof createManifestActivities>;
