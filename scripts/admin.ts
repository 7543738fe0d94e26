/** `npm run admin`: what operators do to brokers and to POAs, from a terminal. */
import { admin } from './admin/main.ts';

// Whoever reads may stop reading (`| head`).
process.stdout.on('error', () => {});
process.exitCode = await admin(process.argv.slice(2), {
  env: process.env,
  print: console.log,
  printError: console.error,
});
