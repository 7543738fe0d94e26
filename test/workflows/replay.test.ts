/** Processes that began with an earlier build go on with this one: every saved history replays. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';
import { DECISIONS, ORDERS } from '../../domain/outcome.ts';
import { thawed } from '../support/history.ts';

const DIRECTORY = 'test/histories';
const names = readdirSync(DIRECTORY).filter((name) => name.endsWith('.json'));
const read = (name: string) => readFileSync(join(DIRECTORY, name), 'utf8');

// A replay that fails on purpose is no news.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
});
const workflowBundle = inject('workflowBundle');

/** Failures by file; a run is replayed under the id that it had. */
async function replay(texts: Record<string, string>): Promise<Record<string, string>> {
  const files = new Map<string, string>();
  const histories = Object.entries(texts).map(([file, text]) => {
    const workflowId = /"workflowId":"([^"]+)"/.exec(text)?.[1] ?? '';
    files.set(workflowId, file);
    return { workflowId, history: thawed(text) };
  });
  const failures: Record<string, string> = {};
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    if (error) failures[files.get(workflowId) ?? workflowId] = error.message;
  }
  return failures;
}

test('one history for every order and outcome is kept', () => {
  const expected = ORDERS.flatMap((order) =>
    [...DECISIONS, 'expired', 'unregistered', 'cancelled'].map((outcome) => `poa-${order}-${outcome}.json`),
  );
  expect(names).toEqual(expect.arrayContaining(expected));
});

test('one history for every way to register, every end of a notice to Customs and every way through a manifest, is kept', () => {
  const registrations = [
    ...['bound', 'recovered', 'abandoned', 'outages', 'wifi-first', 'customs-refused', 'phone-in-use'],
    ...['phone-changed-at-once', 'phone-changed-after-hold', 'phone-change-refused', 'phone-recycled'],
  ];
  const expected = [
    ...registrations.map((name) => `registration-${name}.json`),
    ...['acknowledged', 'refused'].map((name) => `customs-notice-${name}.json`),
    ...['completed', 'paused', 'after-another'].map((name) => `manifest-${name}.json`),
  ];
  expect(names).toEqual(expect.arrayContaining(expected));
});

test('every kept history replays', async () => {
  expect(await replay(Object.fromEntries(names.map((name) => [name, read(name)])))).toEqual({});
});

test('a history that this build would have made otherwise does not', async () => {
  const told = read('poa-declare-first-confirmed.json');
  expect(told).toContain('"name":"lodge"');
  const failures = await replay({ other: told.replace('"name":"lodge"', '"name":"lodgeElsewhere"') });
  expect(failures.other).toMatch(/[Nn]ondeterminism|does not match/);
});

test('no kept history tells of who recorded it', () => {
  for (const name of names) expect(read(name)).not.toMatch(/"identity"|"stackTrace"|sticky/);
});
