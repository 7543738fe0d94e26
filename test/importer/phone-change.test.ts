/** What the person sees of a change of their phone number that waits, and their word against it. */
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHandset } from '../../sandbox/handset/handset.ts';
import { openEvents } from '../support/event-stream.ts';
import { createImporterWorld, type ImporterWorld } from '../support/importer-world.ts';

const REFUSAL = '/app/identity/phone-change/refusal';

let world: ImporterWorld;
const told: string[] = [];
let temporal = true;
beforeAll(async () => {
  world = await createImporterWorld({
    processes: {
      lookAgainAtRegistration: async (id) => {
        if (!temporal) throw new Error('unavailable');
        told.push(id);
      },
    },
  });
});
afterAll(() => world?.close());
beforeEach(() => {
  told.length = 0;
  temporal = true;
});

/** Somebody asks to move this identity, as the process leaves it while it waits. */
async function waiting(subjectId: string, status = 'verifying'): Promise<string> {
  const registrationId = uuidv7();
  await world.db.pool.query(
    `INSERT INTO registrations (registration_id, status, reason, sealed, operator, locale, notice_version, browser_hash,
       subject_id, hold_until)
     VALUES ($1, $2, 'change-of-phone', '', 'sandbox', 'en', '1', '', $3, now() + interval '1 day')`,
    [registrationId, status, subjectId],
  );
  return registrationId;
}
const objections = async (registrationId: string) =>
  (
    await world.db.pool.query<{ objected: boolean }>(
      'SELECT objected_at IS NOT NULL AS objected FROM registrations WHERE registration_id = $1',
      [registrationId],
    )
  ).rows.map(({ objected }) => objected);

describe('a change of phone that waits', () => {
  test('is shown to its person alone, and open apps hear of it', async () => {
    const [person, stranger] = [await world.importer(), await world.importer()];
    const stream = await openEvents(person.handset);
    await expect.poll(() => stream.blocks.length, { timeout: 10_000 }).toBe(1);
    const registrationId = await waiting(person.subjectId);
    const { phoneChange } = (await person.handset.identity()) as { phoneChange: Record<string, string> };
    expect(phoneChange).toEqual({
      registrationId,
      requestedAt: expect.any(String),
      effectiveAt: expect.any(String),
    });
    expect(Date.parse(phoneChange.effectiveAt ?? '') - Date.parse(phoneChange.requestedAt ?? '')).toBe(
      24 * 3_600_000,
    );
    expect(await stranger.handset.identity()).not.toHaveProperty('phoneChange');
    await expect.poll(() => stream.changes(), { timeout: 10_000 }).toBe(1);
    stream.close();
  });

  test('is refused by its person alone; saying it twice is saying it once', async () => {
    const [person, stranger] = [await world.importer(), await world.importer()];
    const registrationId = await waiting(person.subjectId);
    expect(await stranger.handset.ask('POST', REFUSAL)).toMatchObject({ status: 404 });
    expect(await objections(registrationId)).toEqual([false]);
    await person.handset.refusePhoneChange();
    await person.handset.refusePhoneChange();
    expect(await objections(registrationId)).toEqual([true]);
    expect(told).toEqual([registrationId, registrationId]);
    expect(await person.handset.identity()).not.toHaveProperty('phoneChange');
  });

  test('is refused also while Temporal is away', async () => {
    const person = await world.importer();
    const registrationId = await waiting(person.subjectId);
    temporal = false;
    expect((await person.handset.ask('POST', REFUSAL)).status).toBe(204);
    expect(await objections(registrationId)).toEqual([true]);
  });

  test('cannot be refused once it is being bound, nor when there is none', async () => {
    const person = await world.importer();
    expect(await person.handset.ask('POST', REFUSAL)).toMatchObject({
      status: 404,
      body: { type: '/problems/not-found' },
    });
    await waiting(person.subjectId, 'binding');
    expect(await person.handset.ask('POST', REFUSAL)).toMatchObject({
      status: 409,
      body: { type: '/problems/too-late' },
    });
  });

  test('needs a login, and our own page', async () => {
    const handset = createHandset({ apiUrl: world.api.url, phone: '' });
    expect((await handset.ask('POST', REFUSAL)).status).toBe(401);
    const person = await world.importer();
    const answer = await person.handset.ask('POST', REFUSAL, {
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(answer.status).toBe(403);
  });
});
