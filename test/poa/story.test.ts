/** What operators see in the Web UI: where a process stands, and nothing about anybody. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTE } from '../../domain/messages.ts';
import { detailsOf, readableHistory } from '../support/history.ts';
import {
  amend,
  answer,
  cancel,
  customsMode,
  eventually,
  fault,
  inSeconds,
  newPhone,
  resolve,
  tryAgain,
} from '../support/poa-acts.ts';
import { BOX_NUMBER, bindPerson, content, declare } from '../support/poa-fixtures.ts';
import { control, createPoaWorld, ended, type PoaWorld, until } from '../support/poa-world.ts';

let world: PoaWorld;
beforeAll(async () => {
  world = await createPoaWorld();
});
afterAll(() => world?.close());
beforeEach(() => control(world.customs, 'POST', '/reset'));

const describeIt = (declarationId: string) =>
  world.client.workflow.getHandle(`poa/${declarationId}`).describe();
const attributes = async (declarationId: string): Promise<Record<string, unknown>> => {
  const { typedSearchAttributes } = await describeIt(declarationId);
  return Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
};
const statusBecomes = (declarationId: string, status: string) =>
  eventually(
    async () => (await attributes(declarationId))[SEARCH_ATTRIBUTE.status],
    (shown) => shown === status,
  );

describe('search attributes and details', () => {
  test('tell broker, order, deadline, and the statuses that somebody must act upon', async () => {
    const phone = newPhone();
    const { declarationId, content: first } = await declare(world, 'customs-started', {
      content: content({ importer: { name: '王小明', phone } }),
    });
    await statusBecomes(declarationId, 'awaiting_registration');
    const { staticSummary } = await describeIt(declarationId);
    expect(await staticSummary()).toBe(`POA, customs-started, broker ${BOX_NUMBER}`);
    expect(await attributes(declarationId)).toMatchObject({
      [SEARCH_ATTRIBUTE.broker]: BOX_NUMBER,
      [SEARCH_ATTRIBUTE.order]: 'customs-started',
    });
    expect(await detailsOf(world.client, `poa/${declarationId}`)).toMatch(
      /^P3: nobody is registered.*\n\nVersion 1, answer due \d{4}-/,
    );

    await bindPerson(world, phone, '李大華');
    await world.processes.lookAgain(declarationId);
    await statusBecomes(declarationId, 'needs_correction');
    const respondBy = inSeconds(7_200);
    await amend(world, declarationId, 2, { ...first, importer: { name: '李大華', phone } }, respondBy);
    await statusBecomes(declarationId, 'received');
    expect((await attributes(declarationId))[SEARCH_ATTRIBUTE.deadline]).toEqual(respondBy);
    expect(await detailsOf(world.client, `poa/${declarationId}`)).toMatch(
      /^P4: shown to the importer.*\n\nVersion 2,/,
    );
    await answer(world, declarationId, 'confirmed', 2);
    await ended(world.client, declarationId);
    await statusBecomes(declarationId, 'confirmed');
  });

  test('tell why an operator is needed', async () => {
    await bindPerson(world);
    await customsMode(world, { context: 'inline', replyCode: '33' });
    const { declarationId } = await declare(world, 'customs-started');
    await until(world, declarationId, 'awaiting_importer');
    await answer(world, declarationId, 'declined');
    await statusBecomes(declarationId, 'needs_attention');
    expect(await detailsOf(world.client, `poa/${declarationId}`)).toContain('Reason: `reply-33`.');
    await customsMode(world, { context: 'inline' });
    await resolve(world, declarationId, { action: 'retry' });
    // Left what needs somebody; where it goes from there the details tell.
    await statusBecomes(declarationId, 'reporting');
    await until(world, declarationId, 'declined');
    expect(await detailsOf(world.client, `poa/${declarationId}`)).toMatch(/^Declined by the importer/);
  });
});

test('no history holds anything of a person or of what is declared', async () => {
  const phone = newPhone();
  const marked = {
    name: '標記名 Markedname',
    description: 'markedgoods 標記品',
    consignor: 'Markedconsignor',
  };
  const declared = (name = marked.name) =>
    content({
      importer: { name, phone },
      consignor: { name: marked.consignor, country: 'US' },
      goods: [
        {
          sequence: 1,
          description: marked.description,
          quantity: '2',
          unit: 'PCE',
          price: '77.31',
          currency: 'USD',
        },
      ],
    });
  const subjectId = await bindPerson(world, phone, marked.name);

  const ids: string[] = [];
  const start = async (order: 'declare-first' | 'consent-first' | 'customs-started', name?: string) => {
    const lodged = await declare(world, order, { content: declared(name) });
    ids.push(lodged.declarationId);
    return lodged;
  };
  // Every way through, failures of every activity included.
  const mismatch = await start('customs-started', '標記名 Othername');
  await until(world, mismatch.declarationId, 'needs_correction');
  await tryAgain(world, mismatch.declarationId);
  await fault(world.customs, { route: '/declarations', status: 500, times: 2 });
  const problem = {
    pointer: '/goods/0/description',
    code: 'bad',
    detail: `${marked.description} is forbidden`,
  };
  await customsMode(world, { context: 'inline', refuse: { errors: [problem] } });
  const refused = await start('declare-first');
  await until(world, refused.declarationId, 'needs_correction');
  await customsMode(world, { context: 'inline', alter: { packages: 9 } });
  const differing = await start('consent-first');
  await until(world, differing.declarationId, 'awaiting_importer');
  await answer(world, differing.declarationId, 'confirmed');
  await until(world, differing.declarationId, 'needs_attention');
  await customsMode(world, { context: 'inline' });
  const held = await start('customs-started');
  await until(world, held.declarationId, 'awaiting_importer');
  await fault(world.telecom, { route: '/', drop: 'before', times: 4 });
  await answer(world, held.declarationId, 'confirmed');
  await ended(world.client, held.declarationId);
  // Operators see for whom it waited.
  expect(await readableHistory(world.namespace, `poa/${held.declarationId}`)).toContain(
    'operator sandbox is unavailable: network',
  );
  const cancelled = await start('declare-first');
  await until(world, cancelled.declarationId, 'awaiting_importer');
  await fault(world.customs, { route: '/', drop: 'after', times: 3 });
  await cancel(world, cancelled.declarationId);
  await ended(world.client, cancelled.declarationId);
  await world.pool.query('UPDATE identities SET sealed = $2 WHERE subject_id = $1', [
    subjectId,
    Buffer.from(`not sealed: ${marked.name}`),
  ]);
  const broken = await start('customs-started');
  await eventually(
    () => readableHistory(world.namespace, `poa/${broken.declarationId}`),
    (text) => text.includes('"activityTaskScheduledEventAttributes"') && text.includes('"failure"'),
  );

  const secrets = ['Markedname', '標記名', 'markedgoods', '標記品', 'Markedconsignor', '77.31', 'Othername'];
  const numbers = [phone, phone.replace('+886', '0'), phone.slice(4)];
  for (const id of ids) {
    const text = await readableHistory(world.namespace, `poa/${id}`);
    expect(text).toContain(`"declarationId":"${id}"`);
    for (const secret of [...secrets, ...numbers]) expect(text).not.toContain(secret);
  }
});
