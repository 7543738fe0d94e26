import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordLookup } from '../../db/lookups.ts';
import { createImporterWorld, type ImporterWorld, importer } from '../support/importer-world.ts';

let world: ImporterWorld;
beforeAll(async () => {
  world = await createImporterWorld();
});
afterAll(() => world?.close());

describe("Customs' look-ups", () => {
  test('are told to the person whom the POA was shown to, newest first, and to nobody else', async () => {
    const { api, db, shown } = world;
    const [person, other] = [await importer(api, db), await importer(api, db)];
    const { declarationId, houseWaybill } = await shown(person);
    await recordLookup(db, { declarationId, version: 1 });
    await recordLookup(db, { declarationId, version: 1, officer: '關務員 林', reason: '抽查' });
    const answer = await person.handset.call('GET', '/app/lookups');
    const about = { declarationId, houseWaybill, at: expect.any(String) };
    expect(answer).toEqual({ items: [{ ...about, officer: '關務員 林', reason: '抽查' }, about] });
    expect(await other.handset.call('GET', '/app/lookups')).toEqual({ items: [] });
  });

  test('of what was shredded are told without who and why', async () => {
    const { api, db, shown } = world;
    const person = await importer(api, db);
    const { declarationId } = await shown(person);
    await recordLookup(db, { declarationId, version: 1, officer: 'Lin' });
    await db.keys.destroy(declarationId);
    expect(await person.handset.call('GET', '/app/lookups')).toMatchObject({ items: [{ declarationId }] });
  });

  test('cannot be changed or taken back', async () => {
    await expect(world.db.pool.query('DELETE FROM lookups')).rejects.toThrow(/append-only/);
  });
});
