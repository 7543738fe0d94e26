/** Somebody answers in the instant in which their identity ends: the answer is kept and counts, or there is none. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endIdentity } from '../../db/identity-end.ts';
import { transaction } from '../../db/pool.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';

let world: ImporterWorld;
beforeAll(async () => {
  world = await createImporterWorld({ processes: { decide: async () => ({ kind: 'kept' }) } });
});
afterAll(() => world?.close());

/** How long after the signature is on its way the identity ends, ms. */
const DELAYS = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 200];

test('the end names as open just what has no answer', async () => {
  const seen = new Set<boolean>();
  for (const delay of [...DELAYS, ...DELAYS]) {
    const person = await world.importer();
    const { declarationId } = await world.shown(person);
    const words = { version: 1, decision: 'declined', reason: 'wrong_price' } as const;
    const assertion = person.handset.sign(await person.handset.options(declarationId, words));
    const [answer, end] = await Promise.all([
      person.handset.submit(declarationId, words, assertion),
      sleep(delay).then(() =>
        transaction(world.db.pool, (client) =>
          endIdentity(client, { subjectId: person.subjectId, reason: 'left' }),
        ),
      ),
    ]);
    const kept = answer.status === 202;
    if (!kept) expect([401, 403, 404]).toContain(answer.status);
    expect(end?.declarationIds).toEqual(kept ? [] : [declarationId]);
    const { rowCount } = await world.db.pool.query('SELECT 1 FROM consents WHERE declaration_id = $1', [
      declarationId,
    ]);
    expect(rowCount).toBe(kept ? 1 : 0);
    seen.add(kept);
  }
  expect(seen.size).toBe(2);
});
