import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import type { Unfit } from '../db/manifests/answering.ts';
import { amendmentsToSend, correctLines } from '../db/manifests/correcting.ts';
import { takeLines } from '../db/manifests/declaring.ts';
import { tellProgress } from '../db/manifests/news.ts';
import {
  completeManifest,
  countWaiting,
  linesToStart,
  markStarted,
  markTurn,
  type OpenManifest,
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
  processes: Pick<Processes, 'startPoa' | 'amend'>;
  settings: {
    /** Of one broker's processes that no worker has begun, so many at once before its manifests wait. */
    manifestQueued: number;
    /** Of those that have not reached their importers. */
    manifestUnderWay: number;
  };
  log: Logger;
}

/** Processes started in one go at most. */
const STARTS = 50;
/** Corrections of one turn: each is a transaction, and waits for its process for up to some seconds. */
const CORRECTIONS = 10;
/** Calls to Temporal at once: enough to keep it busy, few enough to leave it room. */
const AT_ONCE = 10;
/** A turn declares for this long: so much less often its process has to be asked for the next one, ms. */
const TURN_MS = 2_000;
/** Looks again after this when the broker has enough under way, ms. */
const FULL_PAUSE_MS = 50;
/** A turn in which nothing could be declared (Customs is slow) frees its worker's slot for so long; no timer of Temporal is shorter, ms. */
const STUCK_PAUSE_MS = 1_000;
/** An earlier manifest of the same broker goes first; so much for each, ms. */
const EARLIER_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

/** What turns a manifest's lines into declarations, or into amendments of some. */
export function createManifestActivities({ db, processes, settings, log }: ManifestDeps) {
  const { pool } = db;

  /** Tells Temporal of each, and marks those it took; throws when it did not take all, after all were tried. */
  const tellAll = async <T extends { line: number }>(
    { manifestId }: OpenManifest,
    all: readonly T[],
    tell: (item: T) => Promise<unknown>,
  ) => {
    const told: number[] = [];
    await eachOf(all, AT_ONCE, log, async (item) => {
      await tell(item);
      told.push(item.line);
    });
    await markStarted(pool, manifestId, told);
    if (told.length < all.length) throw new Error('Temporal did not take all of them');
  };

  /** Processes of what is declared: started once, however often it is asked for. */
  const startAll = async (manifest: OpenManifest) =>
    tellAll(manifest, await linesToStart(pool, manifest.manifestId, STARTS), (start) =>
      processes.startPoa({ ...start, brokerBoxNumber: manifest.boxNumber, fromManifest: true }),
    );

  /** Amendments that are recorded: whatever comes of telling the process, the reconciliation delivers them. */
  const amendAll = async (manifest: OpenManifest) =>
    tellAll(manifest, await amendmentsToSend(pool, manifest.manifestId, CORRECTIONS), (sent) =>
      processes.amend(sent.declarationId, { proposalId: sent.proposalId }),
    );

  /** A fault of ours: whatever a line may hold is checked when it arrives. */
  const report = ({ manifestId }: OpenManifest, unfit: readonly Unfit[]) => {
    for (const { line, sqlState } of unfit)
      log.error({ manifestId, line, sqlState }, 'a line that the database cannot keep was rejected');
  };

  /** Declares as workers and Customs get on with it; how long to pause after it, ms. */
  const declare = async (manifest: OpenManifest, key: Buffer): Promise<number> => {
    await startAll(manifest);
    const bounds = { queued: settings.manifestQueued, underWay: settings.manifestUnderWay };
    let pauseMs = STUCK_PAUSE_MS;
    for (const end = Date.now() + TURN_MS; Date.now() < end; ) {
      const { taken, waybills, unfit } = await takeLines(db, manifest, key, bounds);
      if (taken === 'full') {
        await sleep(FULL_PAUSE_MS);
        continue;
      }
      report(manifest, unfit);
      pauseMs = 0;
      if (taken === 0) break;
      await flagWaybillsElsewhere(pool, waybills);
      await startAll(manifest);
    }
    return pauseMs;
  };

  const correct = async (manifest: OpenManifest, key: Buffer): Promise<number> => {
    await amendAll(manifest);
    report(manifest, await correctLines(db, manifest, key, CORRECTIONS));
    await amendAll(manifest);
    return 0;
  };

  const takeTurn = async (manifest: OpenManifest): Promise<ManifestTurn> => {
    const { manifestId, earlier } = manifest;
    const turn = async (pauseMs: number) => {
      if (await completeManifest(pool, manifestId)) return { completed: true, waiting: 0, pauseMs };
      await tellProgress(pool, manifestId);
      return { completed: false, waiting: await countWaiting(pool, manifestId), pauseMs };
    };
    if (earlier > 0) return turn(Math.min(earlier * EARLIER_PAUSE_MS, LONGEST_PAUSE_MS));
    const key = await db.keys.get(manifestId);
    if (!key) throw new Shredded(manifestId);
    return turn(await (manifest.kind === 'declarations' ? declare : correct)(manifest, key));
  };

  return {
    /**
     * One turn: the next lines become declarations or amendments, and their processes hear of it. Safe to be done again from any
     * point: a line's answer is committed with what it made.
     */
    async takeLines({ manifestId }: { manifestId: string }): Promise<ManifestTurn> {
      const manifest = await visitManifest(pool, manifestId);
      if (!manifest) throw processNotFound();
      if (manifest.status === 'completed') return { completed: true, waiting: 0, pauseMs: 0 };
      try {
        const turn = await takeTurn(manifest);
        await markTurn(pool, manifestId, 'well');
        return turn;
      } catch (error) {
        // Where even that cannot be said, it stands still soon.
        await markTurn(pool, manifestId, 'failed').catch(() => {});
        throw error;
      }
    },
  };
}

export type ManifestActivities = ReturnType<typeof createManifestActivities>;
