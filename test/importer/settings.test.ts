import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../config.ts';
import type { TelecomGateway } from '../../gateways/camara.ts';
import { createHandset, type Handset } from '../../sandbox/handset/handset.ts';
import { createImporterWorld, type ImporterWorld, startApi } from '../support/importer-world.ts';

const LINKS = {
  messagesUrl: 'http://localhost:1/messages',
  customsUrl: 'http://localhost:2/',
  telecomUrl: 'http://localhost:3/',
};

let world: ImporterWorld;
let nobody: Handset;
beforeAll(async () => {
  world = await createImporterWorld();
  nobody = createHandset({ apiUrl: world.api.url, phone: '' });
});
afterAll(() => world?.close());

describe('the settings', () => {
  test('name the operators to choose from, and no sandbox where there is none', async () => {
    const settings = await nobody.call<object>('GET', '/app/settings');
    expect(settings).toEqual({ operators: [], build: 'test' });
  });

  test('link the stand-ins of a sandbox', async () => {
    const telecoms = new Map([['sandbox', {} as TelecomGateway]]);
    const sandbox = await startApi(
      { db: world.db, processes: world.processes, telecoms },
      { build: '1.2', sandboxLinks: LINKS },
    );
    const phone = createHandset({ apiUrl: sandbox.url, phone: '' });
    expect(await phone.call('GET', '/app/settings')).toEqual({
      operators: [{ name: 'sandbox' }],
      sandbox: LINKS,
      build: '1.2',
    });
    await sandbox.close();
  });

  test.each([
    ['SANDBOX_LINKS', '{"messagesUrl": "http://localhost:1"}'],
    ['BUILD', 'two words'],
  ])('%s that makes no sense is told at start', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(name);
  });
});

describe('the session', () => {
  const session = (handset: Handset) => handset.call('GET', '/app/session');

  test('is told whoever asks: nobody, somebody logged in just now, and somebody since a while', async () => {
    expect(await session(nobody)).toEqual({ loggedIn: false, recent: false });
    const { handset, subjectId } = await world.importer();
    expect(await session(handset)).toEqual({ loggedIn: true, recent: true });
    await world.db.pool.query(
      `UPDATE sessions SET login_at = now() - interval '5 minutes' WHERE subject_id = $1`,
      [subjectId],
    );
    expect(await session(handset)).toEqual({ loggedIn: true, recent: false });
    await handset.logout();
    expect(await session(handset)).toEqual({ loggedIn: false, recent: false });
  });
});
