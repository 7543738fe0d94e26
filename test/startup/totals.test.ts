import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isInstalled } from '../../scripts/install.mjs';
import { countTests } from '../../scripts/test-totals.mjs';
import { temporaryDirectory } from './support.ts';

function report(content: object): string {
  const file = join(temporaryDirectory(), 'results.json');
  const empty = {
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
  };
  writeFileSync(file, JSON.stringify({ ...empty, ...content }));
  return file;
}

test('tests are counted as vitest reports them', () => {
  const file = report({ numPassedTests: 7, numPendingTests: 2, numTodoTests: 1 });
  expect(countTests(file, true)).toEqual({ passed: 7, failed: 0, skipped: 3 });
});

test('a file that could not be loaded counts as a failure', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
  ];
  expect(countTests(report({ numFailedTests: 1, testResults }), false).failed).toBe(2);
});

test('a run that failed outside of its tests (unhandled error, crash, no report) is never green', () => {
  expect(countTests(report({ numPassedTests: 7 }), false)).toMatchObject({ passed: 7, failed: 1 });
  expect(countTests('/nowhere/results.json', false).failed).toBe(1);
  expect(countTests('/nowhere/results.json', true).failed).toBe(1);
});

test('packages are installed again only when they are not those of the lock file', () => {
  const root = temporaryDirectory();
  const lock = (file: string, packages: object) =>
    writeFileSync(join(root, file), JSON.stringify({ packages }));
  const zod = { version: '4.6.7' };
  const elsewhere = { version: '1.0.0', optional: true };
  lock('package-lock.json', {
    '': { version: '0.1.0' },
    'node_modules/zod': zod,
    'node_modules/mac': elsewhere,
  });
  expect(isInstalled(root)).toBe(false);
  mkdirSync(join(root, 'node_modules'));
  expect(isInstalled(root)).toBe(false);
  lock('node_modules/.package-lock.json', { 'node_modules/zod': zod });
  expect(isInstalled(root)).toBe(true);
  lock('node_modules/.package-lock.json', { 'node_modules/zod': { version: '4.6.6' } });
  expect(isInstalled(root)).toBe(false);
});
