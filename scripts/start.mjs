/** `npm start`: installs what is missing, then hands over to the start-up proper (up/main.ts). */
import './node-version.mjs';

async function start() {
  const { installPackages } = await import('./install.mjs');
  installPackages();
  const { register } = await import('tsx/esm/api');
  register();
  const { main } = await import('./up/main.ts');
  process.exitCode = await main(process.argv.slice(2));
}

start().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
