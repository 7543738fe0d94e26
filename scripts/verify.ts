/** `consentry-verify`, also `npm run verify -- …`: checks an evidence pack offline. */
import { readFileSync } from 'node:fs';
import { consentryVerify } from '../evidence/verify/cli.ts';

const { LC_ALL, LC_MESSAGES, LANG } = process.env;
const locale = LC_ALL || LC_MESSAGES || LANG || '';

process.exitCode = consentryVerify(process.argv.slice(2), {
  readFile: readFileSync,
  print: (line) => console.log(line),
  printError: (line) => console.error(line),
  language: locale.startsWith('zh') ? 'zh-TW' : 'en',
});
