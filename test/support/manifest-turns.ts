/** Manifests whose process is turned by hand, or has not begun. */
import pino from 'pino';
import { expect } from 'vitest';
import { createManifestActivities } from '../../activities/manifests.ts';
import { LINE_RESULT } from '../../db/manifests/line-result.ts';
import { lineAddress } from '../../db/manifests/receiving.ts';
import { seal, unseal } from '../../db/seal.ts';
import { apiDeps, listen } from './api-world.ts';
import { connectBroker } from './broker-client.ts';
import { ndjson, upload } from './manifests.ts';
import type { PoaWorld } from './poa-world.ts';

/** Whatever happened: the counts that a manifest keeps are those of its lines. */
export async function expectCountsKept({ pool }: PoaWorld): Promise<void> {
  const { rows } = await pool.query(
    `SELECT manifest_id, lines_total, lines_accepted, lines_rejected FROM manifests EXCEPT
     SELECT manifest_id, count(*), count(*) FILTER (WHERE result = 'accepted'), count(*) FILTER (WHERE result = 'rejected')
     FROM (SELECT l.manifest_id, ${LINE_RESULT} AS result FROM manifest_lines l LEFT JOIN proposals p USING (proposal_id)) lines
     GROUP BY manifest_id`,
  );
  expect(rows).toEqual([]);
}

/** Temporal is away. */
export const unreachable = async (): Promise<never> => {
  throw new Error('unreachable');
};

/** Kept, and no process of it was started. */
export async function uploadUnheard(
  world: PoaWorld,
  lines: readonly unknown[],
  clientId: string,
  path = '/v1/manifests',
): Promise<{ manifestId: string }> {
  const lost = await listen(await apiDeps(world.db, { ...world.processes, startManifest: unreachable }));
  const elsewhere = await connectBroker(lost.url, world.pool, clientId);
  const { body } = await upload(elsewhere, ndjson(lines), { path });
  await lost.close();
  return body;
}

/** Turns of a process by hand; nobody works on what they start. */
export function turnsOf(
  world: PoaWorld,
  settings: { manifestQueued: number; manifestUnderWay: number },
  others: Partial<PoaWorld['processes']> = {},
) {
  const started: string[] = [];
  const startPoa: PoaWorld['processes']['startPoa'] = async ({ declarationId }) => {
    started.push(declarationId);
    return 'started';
  };
  const processes = { ...world.processes, startPoa, ...others };
  const log = pino({ level: 'silent' });
  return { started, ...createManifestActivities({ db: world.db, processes, settings, log }) };
}

/** As if the checks had let it through. */
export async function replaceLine(
  world: PoaWorld,
  manifestId: string,
  line: number,
  change: (sent: { submitted: object }) => unknown,
): Promise<void> {
  const key = await world.db.keys.get(manifestId);
  if (!key) throw new Error('no key');
  const address = lineAddress(manifestId, line);
  const { rows } = await world.pool.query<{ sealed: Buffer }>(
    'SELECT sealed FROM manifest_lines WHERE manifest_id = $1 AND line = $2',
    [manifestId, line],
  );
  const sent = unseal(key, address, rows[0]?.sealed ?? Buffer.alloc(0)) as { submitted: object };
  await world.pool.query('UPDATE manifest_lines SET sealed = $3 WHERE manifest_id = $1 AND line = $2', [
    manifestId,
    line,
    seal(key, address, change(sent)),
  ]);
}
