/** Many packs in one ZIP, each as it would be fetched alone, with a list of all. */
import type { ReportedOutcome } from '../domain/outcome.ts';
import { makePack, type Pack, type PackDeps } from './pack.ts';
import { type ZipEntry, zipStream } from './verify/zip.ts';

export interface Exported {
  declarationId: string;
  version: number;
  outcome: ReportedOutcome;
  decidedAt: Date;
}

/** Why there is no pack: Customs has not acknowledged the outcome or its record was destroyed; or ask again in some seconds. */
type Missing = Exclude<Pack['kind'], 'pack'>;

/**
 * The archive, piece by piece; one pack at a time is in memory. `index.json` comes last: it names the file of each, or why there
 * is none, and says where the next page begins. An archive without its end is one that broke off.
 */
export const exportPacks = (
  deps: PackDeps,
  poas: readonly Exported[],
  about: { from: string; to: string; nextCursor?: string | undefined },
): AsyncGenerator<Buffer> => zipStream(entriesOf(deps, poas, about));

async function* entriesOf(
  deps: PackDeps,
  poas: readonly Exported[],
  about: object,
): AsyncGenerator<ZipEntry> {
  const items: (Exported & { file?: string; missing?: Missing })[] = [];
  for (const poa of poas) {
    const pack = await makePack(deps, { declarationId: poa.declarationId, version: poa.version });
    if (pack.kind !== 'pack') {
      items.push({ ...poa, missing: pack.kind });
      continue;
    }
    const file = `poa-${poa.declarationId}-v${poa.version}.zip`;
    items.push({ ...poa, file });
    yield { name: file, bytes: Buffer.concat([...pack.chunks]) };
  }
  yield { name: 'index.json', bytes: Buffer.from(`${JSON.stringify({ ...about, items }, null, 2)}\n`) };
}
