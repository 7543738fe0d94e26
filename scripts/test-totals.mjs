/** Runs the tools of `npm test` and counts what they found. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Runs the command `bin` of a package; true when it ended well. */
export function runTool(root, name, bin, args) {
  const packageFile = join(root, 'node_modules', name, 'package.json');
  const { bin: bins } = JSON.parse(readFileSync(packageFile, 'utf8'));
  const script = join(dirname(packageFile), typeof bins === 'string' ? bins : bins[bin]);
  console.log(`\n> ${bin} ${args.filter((arg) => !arg.startsWith('--outputFile')).join(' ')}`);
  const { status } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}

/**
 * Totals of vitest's JSON report. What fails outside of a test counts too: a file that could not be loaded, an
 * unhandled error, a run that broke off.
 */
export function countTests(file, ok) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  );
  const failed = report.numFailedTests + brokenFiles.length;
  return {
    passed: report.numPassedTests,
    failed: ok ? failed : Math.max(failed, 1),
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
