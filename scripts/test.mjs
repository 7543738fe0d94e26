/**
 * `npm test`: installs what is missing, checks types and style, runs the suite, and ends with a line of totals.
 * `npm test -- test/domain` runs only the tests that match.
 */
import './node-version.mjs';

async function test(filters) {
  const { installPackages, ROOT } = await import('./install.mjs');
  const { mkdtempSync, rmSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const { runTool, countTests } = await import('./test-totals.mjs');

  installPackages();
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const check = (ok) => {
    totals[ok ? 'passed' : 'failed'] += 1;
  };
  if (filters.length === 0) {
    for (const project of ['.', 'app', 'app/src/sw', 'test/app'])
      check(runTool(ROOT, 'typescript', 'tsc', ['--noEmit', '--project', project]));
    check(runTool(ROOT, '@biomejs/biome', 'biome', ['check', '.']));
  }
  const directory = mkdtempSync(join(tmpdir(), 'consentry-results-'));
  const results = join(directory, 'results.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  const ok = runTool(ROOT, 'vitest', 'vitest', ['run', ...reporters, ...filters]);
  const counted = countTests(results, ok);
  rmSync(directory, { recursive: true });
  for (const name of Object.keys(totals)) totals[name] += counted[name];
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
  console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
  return totals.failed === 0 ? 0 : 1;
}

test(process.argv.slice(2))
  .then((code) => process.exit(code))
  .catch((error) => {
    console.error(error.message);
    console.log('\n0 passed, 1 failed');
    process.exit(1);
  });
