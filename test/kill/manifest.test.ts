/**
 * A manifest with a bad line near its end while the API is killed in the middle of the upload, and then the worker, Postgres
 * and Temporal in the middle of taking it: exactly the good lines become POAs, once each.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startStack } from '../../scripts/up/stack.ts';
import { type BrokerClient, logInBroker, submission } from '../support/broker-client.ts';
import { linesOf, NDJSON, ndjson } from '../support/manifests.ts';
import { bindPerson } from '../support/poa-fixtures.ts';
import { openStackWorld, removeData, type StackWorld } from '../support/stack-world.ts';

/** As many as a manifest may have: `MANIFEST_LINES=10000 EXHAUSTIVE=1 npx vitest run test/kill/manifest.test.ts`, some ten minutes. */
const LINES = Number(process.env.MANIFEST_LINES ?? 500);
const QUIET = { RECONCILE_EVERY_MS: '5000', LOG_LEVEL: 'warn' };
/** The reconciliation runs every 5 s here; some ten processes a second are taken up on a busy machine. */
const WITHIN_MS = 60_000 + LINES * 100;

let world: StackWorld;
let dataDir: string;
let broker: BrokerClient;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'consentry-kill-'));
  world = await openStackWorld(
    await startStack({ dataDir, env: { ...QUIET, WORKFLOW_BUNDLE: inject('workflowBundle').codePath } }),
  );
  await bindPerson(world);
  broker = await logIn();
});
afterAll(async () => {
  await world?.close();
  await world?.stack.stop();
  removeData(dataDir);
});

function logIn(): Promise<BrokerClient> {
  const { api, brokers } = world.stack.endpoints;
  const [first] = brokers;
  if (!first) throw new Error('the sandbox has brokers');
  return logInBroker(api, first.clientId, first.clientSecret);
}

/** Repeats until it works: whoever sends, or looks, tries again. */
async function untilItWorks<T>(work: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + WITHIN_MS; ; await sleep(200)) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

/** The body in pieces over a second or two, as over a line that is not fast. */
async function* slowly(body: Buffer): AsyncGenerator<Uint8Array> {
  const step = Math.ceil(body.length / 20);
  for (let from = 0; from < body.length; from += step) {
    yield body.subarray(from, from + step);
    await sleep(75);
  }
}

async function send(body: Buffer, key: string): Promise<string> {
  const response = await fetch(`${world.stack.endpoints.api}/v1/manifests`, {
    method: 'POST',
    headers: { authorization: `Bearer ${broker.token}`, 'content-type': NDJSON, 'idempotency-key': key },
    body: ReadableStream.from(slowly(body)),
    duplex: 'half',
  });
  if (response.status !== 202) throw new Error(`answered ${response.status}`);
  return ((await response.json()) as { manifestId: string }).manifestId;
}

async function killAndRestart(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const { supervisor } = world.stack;
  await supervisor.kill(name, signal);
  await sleep(300);
  await supervisor.restart(name);
}

const progress = async (manifestId: string) => {
  const { status, body } = await broker.get(`/v1/manifests/${manifestId}`);
  // Ten thousand lines outlive a token.
  if (status === 401) broker = await logIn();
  if (status !== 200) throw new Error(`answered ${status}`);
  return body as { status: string; lines: { accepted: number; rejected: number }; declarations: object };
};

test(
  `of ${LINES} lines each good one becomes a POA, once`,
  async () => {
    const good = Array.from({ length: LINES - 1 }, () => submission());
    const badLine = LINES - 5;
    const lines = [...good.slice(0, badLine - 1), '{"functionalReference": "cut', ...good.slice(badLine - 1)];
    const body = Buffer.from(ndjson(lines));

    const [manifestId] = await Promise.all([
      untilItWorks(() => send(body, 'flight')),
      sleep(700).then(() => killAndRestart('api')),
    ]);
    expect(await send(body, 'flight')).toBe(manifestId);

    const reached = (share: number) =>
      untilItWorks(async () => {
        const { lines: counted, status } = await progress(manifestId);
        if (status !== 'completed' && counted.accepted < LINES * share) throw new Error('not so far');
      });
    await reached(0.1);
    await killAndRestart('worker');
    await reached(0.3);
    await killAndRestart('postgres');
    await reached(0.5);
    await killAndRestart('temporal');

    const done = await untilItWorks(async () => {
      const now = await progress(manifestId);
      const asked = (now.declarations as { awaiting_importer?: number }).awaiting_importer;
      if (now.status !== 'completed' || asked !== good.length) throw new Error(JSON.stringify(now));
      return now;
    });
    expect(done.lines).toMatchObject({ accepted: good.length, rejected: 1, waiting: 0 });
    expect((await linesOf(broker, manifestId, 'rejected')).map(({ line }) => line)).toEqual([badLine]);

    const { rows } = await world.db.pool.query(
      `SELECT count(*), count(DISTINCT d.house_waybill) AS waybills, count(DISTINCT l.line) AS lines,
       (SELECT count(*) FROM events WHERE type = 'declaration.received') AS begun,
         (SELECT count(*) FROM events WHERE type = 'manifest.completed') AS told
     FROM declarations d LEFT JOIN manifest_lines l USING (declaration_id)`,
    );
    const once = good.length;
    expect(rows).toEqual([{ count: once, waybills: once, lines: once, begun: once, told: 1 }]);
  },
  WITHIN_MS * 2,
);
