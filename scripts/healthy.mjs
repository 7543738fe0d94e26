/** Exit code 0 when the address answers 2xx within 2 s: the health check of a container that has no other HTTP client. */
const TIMEOUT_MS = 2_000;

const [url] = process.argv.slice(2);
const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => undefined);
process.exit(answer?.ok ? 0 : 1);
