/** One declaration as its person reads it: what changed, what they answered, and Customs' receipt. */
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Handset } from '../../sandbox/handset/handset.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';

let world: ImporterWorld;
beforeAll(async () => {
  world = await createImporterWorld();
});
afterAll(() => world?.close());

const declaration = (handset: Handset, id: string) =>
  handset.call<Record<string, unknown>>('GET', `/app/declarations/${id}`);
const receipt = (handset: Handset, id: string) =>
  handset.call<Record<string, unknown>>('GET', `/app/declarations/${id}/receipt`);

describe('what changed', () => {
  test('is told against the version that the person saw before, value by value', async () => {
    const person = await world.importer();
    const { declarationId, content, amend } = await world.shown(person, {
      freight: { amount: '12', currency: 'USD' },
    });
    expect(await declaration(person.handset, declarationId)).not.toHaveProperty('changes');
    const [line] = content.goods;
    if (!line) throw new Error('no goods');
    const { freight: _, ...rest } = content;
    const added = { ...line, sequence: 2, description: 'laces' };
    await amend(2, { ...rest, goods: [{ ...line, price: '40' }, added], packages: 2 });
    expect((await declaration(person.handset, declarationId)).changes).toEqual({
      since: 1,
      items: expect.arrayContaining([
        { pointer: '/goods/0/price', before: '35.50', after: '40.00' },
        { pointer: '/goods/1', after: { ...added, price: '35.50' } },
        { pointer: '/freight', before: { amount: '12.00', currency: 'USD' } },
        { pointer: '/packages', before: 1, after: 2 },
      ]),
    });
  });

  test('is told against no version that somebody else saw, or nobody', async () => {
    const [before, after] = [await world.importer(), await world.importer()];
    const { declarationId, content, amend } = await world.shown(after);
    await world.db.pool.query('UPDATE declaration_versions SET shown_to = $2 WHERE declaration_id = $1', [
      declarationId,
      before.subjectId,
    ]);
    await amend(2, { ...content, packages: 2 });
    expect(await declaration(after.handset, declarationId)).not.toHaveProperty('changes');
    await world.db.pool.query(
      'UPDATE declaration_versions SET shown_to = NULL WHERE declaration_id = $1 AND version = 1',
      [declarationId],
    );
    expect(await declaration(after.handset, declarationId)).not.toHaveProperty('changes');
  });

  test('to nothing: asked again the same, it says so', async () => {
    const person = await world.importer();
    const { declarationId, content, amend } = await world.shown(person);
    await amend(2, content);
    expect((await declaration(person.handset, declarationId)).changes).toEqual({ since: 1, items: [] });
  });
});

describe('the answer', () => {
  test('is told with its id, lines and note; lists leave the note out', async () => {
    const person = await world.importer();
    const { declarationId, answer } = await world.shown(person);
    const consentId = await answer('declined', 1, { lines: [1], note: '不是這雙' });
    const told = { consentId, decision: 'declined', lines: [1] };
    expect((await declaration(person.handset, declarationId)).answer).toMatchObject({
      ...told,
      note: '不是這雙',
    });
    const [item] = await person.handset.history();
    expect(item?.answer).toMatchObject(told);
    expect(item?.answer).not.toHaveProperty('note');
  });
});

describe('the receipt', () => {
  test('is there once Customs has acknowledged, not before', async () => {
    const person = await world.importer();
    const pending = await world.shown(person);
    await pending.settle('confirmed', 1, true);
    await expect(receipt(person.handset, pending.declarationId)).rejects.toMatchObject({ status: 404 });
    const { declarationId, settle } = await world.shown(person);
    const consentId = await settle('declined');
    expect(await receipt(person.handset, declarationId)).toEqual({
      outcome: 'declined',
      version: 1,
      decidedAt: expect.any(String),
      acknowledgementNumber: 'R000000001',
      acknowledgedAt: expect.any(String),
      receipt: `receipt of ${consentId}`,
    });
  });

  test('is of the latest version that the person was shown', async () => {
    const [person, other] = [await world.importer(), await world.importer()];
    const { declarationId, content, amend, settle } = await world.shown(person);
    await settle('declined');
    await amend(2, { ...content, packages: 2 });
    await settle('confirmed', 2);
    expect(await receipt(person.handset, declarationId)).toMatchObject({ outcome: 'confirmed', version: 2 });
    await world.db.pool.query(
      'UPDATE declaration_versions SET shown_to = $2 WHERE declaration_id = $1 AND version = 2',
      [declarationId, other.subjectId],
    );
    expect(await receipt(person.handset, declarationId)).toMatchObject({ outcome: 'declined', version: 1 });
    expect(await receipt(other.handset, declarationId)).toMatchObject({ outcome: 'confirmed', version: 2 });
  });

  test('is nobody else’s, and of nothing unknown', async () => {
    const [person, stranger] = [await world.importer(), await world.importer()];
    const { declarationId, settle } = await world.shown(person);
    await settle();
    for (const id of [declarationId, uuidv7(), 'no-id']) {
      await expect(receipt(stranger.handset, id)).rejects.toMatchObject({ status: 404, code: 'not-found' });
    }
    await person.handset.logout();
    await expect(receipt(person.handset, declarationId)).rejects.toMatchObject({ status: 401 });
  });

  test('is told without its seal once the data key is gone', async () => {
    const person = await world.importer();
    const { declarationId, settle } = await world.shown(person);
    await settle();
    await world.db.keys.destroy(declarationId);
    expect(await receipt(person.handset, declarationId)).not.toHaveProperty('receipt');
  });
});
