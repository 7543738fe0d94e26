/** Evidence packs as brokers and Customs fetch them. */
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { EvidenceQuery } from '../db/evidence.ts';
import { ConsentryError } from '../domain/error-code.ts';
import { PACK_COST } from '../domain/limits.ts';
import { makePack, type PackDeps } from '../evidence/pack.ts';
import { createSealer, receiptKeyInUse } from '../evidence/receipt.ts';
import type { ApiDeps } from './deps.ts';
import { PROBLEMS } from './problem.ts';
import type { Answer } from './route.ts';

export const ZIP = ['application/zip'] as const;

/** Which decided version; the latest when left out. */
export const packVersion = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1)
  .optional();

/** Packs per second of one caller. */
export const packRate = ({ settings }: ApiDeps): number => Math.ceil(settings.brokerRateLimit / PACK_COST);

/** Sealed with the key that is in use when a pack is made. */
export const packDeps = ({ db, settings }: ApiDeps): PackDeps => ({
  db,
  sealer: createSealer(() => receiptKeyInUse(db.keys.receipts)()),
  publicUrl: settings.publicUrl,
});

/** Makes packs; `beforeTold` may refuse, and runs before anything of it goes out. */
export function createPackAnswer(deps: ApiDeps) {
  const making = packDeps(deps);
  return async (
    { version, ...query }: Omit<EvidenceQuery, 'version'> & { version: number | undefined },
    beforeTold?: (version: number) => Promise<void>,
  ): Promise<Answer> => {
    const pack = await makePack(making, { ...query, ...(version && { version }) });
    if (pack.kind === 'none') throw new ConsentryError('not-found', PROBLEMS['not-found'].remedy);
    if (pack.kind === 'purged') throw new ConsentryError('no-longer-kept', PROBLEMS['no-longer-kept'].remedy);
    if (pack.kind === 'not-in-log-yet') throw notYet();
    await beforeTold?.(pack.version);
    const name = `poa-${query.declarationId}-v${pack.version}.zip`;
    return {
      status: 200,
      body: Readable.from(pack.chunks),
      headers: { 'content-disposition': `attachment; filename="${name}"` },
    };
  };
}

/** Some seconds at most, unless the log has stopped; the receipt itself is to be had all the same. */
const notYet = () =>
  new ConsentryError('temporarily-unavailable', 'The receipt is on its way into the transparency log.');
