/** Asks again and again whether the API is alive, until it is told to stop; then how long the slowest answer took, ms. */
import { parentPort, workerData } from 'node:worker_threads';

let stopped = false;
parentPort?.once('message', () => {
  stopped = true;
});
let longest = 0;
while (!stopped) {
  const began = performance.now();
  await (await fetch(`${workerData}/livez`)).arrayBuffer();
  longest = Math.max(longest, performance.now() - began);
  await new Promise((resolve) => setTimeout(resolve, 5));
}
parentPort?.postMessage(longest);
