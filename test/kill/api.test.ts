/**
 * The API killed with SIGKILL while fifty declarations are lodged and while fifty people answer: whoever was told that
 * something is kept finds it, and whoever was told nothing repeats the same request and is answered once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Citizen, eventually, type Outside, openOutside, shipmentFor } from '../support/outside.ts';

const PEOPLE = 5;
const DECLARATIONS = 50;
const WITHIN_MS = 90_000;

let outside: Outside;
let people: Citizen[];
beforeAll(async () => {
  outside = await openOutside({ env: { RECONCILE_EVERY_MS: '5000', LOG_LEVEL: 'warn' } });
  people = await Promise.all(Array.from({ length: PEOPLE }, () => outside.citizen()));
});
afterAll(() => outside?.close());

interface Answered {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  body: any;
}

/** The same request until it is answered: a broken connection and a 5xx say nothing about what was done. */
async function untilAnswered(send: () => Promise<Answered>): Promise<Answered> {
  for (const end = Date.now() + WITHIN_MS; ; await sleep(100)) {
    const answer = await send().catch(() => null);
    if (answer && answer.status < 500) return answer;
    if (Date.now() > end) throw new Error(`no answer, last ${answer?.status}`);
  }
}

/** Kills the API once a third of them are done, while the others are under way; returns when it is up again. */
async function killInTheMiddle(done: () => number): Promise<void> {
  while (done() < DECLARATIONS / 3) await sleep(5);
  await outside.stack.supervisor.kill('api', 'SIGKILL');
  await outside.stack.supervisor.restart('api');
}

test('each of fifty declarations is lodged once, each answer counts once, and Customs holds each once', async () => {
  const wanted = Array.from({ length: DECLARATIONS }, (_, i) => {
    const person = people[i % PEOPLE] as Citizen;
    return { person, body: shipmentFor(person), key: `kill-${i}` };
  });

  let lodged = 0;
  const [declared] = await Promise.all([
    Promise.all(
      wanted.map(async ({ person, body, key }, i) => {
        await sleep(i * 20);
        const first = await untilAnswered(() => outside.broker.declare(body, key));
        lodged++;
        expect([201, 202]).toContain(first.status);
        return { person, body, key, declarationId: first.body.declarationId as string };
      }),
    ),
    killInTheMiddle(() => lodged),
  ]);
  for (const { body, key, declarationId } of declared) {
    expect((await outside.broker.declare(body, key)).body.declarationId).toBe(declarationId);
  }
  const { body: list } = await outside.broker.get('/v1/declarations?limit=200');
  expect(list.items).toHaveLength(DECLARATIONS);

  let answered = 0;
  const [kept] = await Promise.all([
    Promise.all(
      declared.map(async ({ person: { handset }, declarationId }, i) => {
        await eventually(
          () =>
            handset.ask('GET', `/app/declarations/${declarationId}`).then(
              ({ status }) => status,
              () => 0,
            ),
          WITHIN_MS,
        ).toBe(200);
        await sleep(i * 20);
        const words = {
          version: 1,
          decision: i % 4 === 0 ? ('repudiated' as const) : ('confirmed' as const),
        };
        const options = await untilAnswered(() =>
          handset.options(declarationId, words).then((body) => ({ status: 200, body })),
        );
        const assertion = handset.sign(options.body);
        const answer = await untilAnswered(() => handset.submit(declarationId, words, assertion));
        answered++;
        expect([200, 202]).toContain(answer.status);
        const { consentId } = answer.body as { consentId: string };
        return { handset, declarationId, words, assertion, consentId };
      }),
    ),
    killInTheMiddle(() => answered),
  ]);

  for (const { handset, declarationId, words, assertion, consentId } of kept) {
    await eventually(
      async () => (await outside.broker.get(`/v1/declarations/${declarationId}`)).body.status,
      WITHIN_MS,
    ).toBe(words.decision);
    const again = await handset.submit(declarationId, words, assertion);
    expect([again.status, again.body]).toEqual([
      200,
      { consentId, status: words.decision, verdict: 'accepted' },
    ]);
    expect(await outside.poasOf(declarationId)).toMatchObject([
      { version: 1, outcome: words.decision, received: 1 },
    ]);
  }
});
