/** `npm run broker`: a customs broker's side of Consentry, from a terminal. */
import { broker } from './broker/main.ts';

// Whoever reads may stop reading (`| head`).
process.stdout.on('error', () => {});
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.exitCode = await broker(process.argv.slice(2), {
  env: process.env,
  print: console.log,
  printError: console.error,
  progress: process.stderr.isTTY ? (text) => process.stderr.write(`\r\u001b[K${text}`) : undefined,
  signal: stop.signal,
});
