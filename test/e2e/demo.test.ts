import { afterAll, beforeAll, expect, test } from 'vitest';
import { playDemo } from '../../scripts/demo/play.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack?.stop());

/** Names of the steps that were seen and of those that were not, as printed. */
async function play() {
  const lines: string[] = [];
  const all = await playDemo({ endpoints: stack.endpoints, print: (line) => lines.push(line) });
  const names = (mark: string) =>
    lines.filter((line) => line.startsWith(`  ${mark} `)).map((line) => line.slice(4, 6).trim());
  return { all, seen: names('✓').filter(Boolean), missed: names('✗') };
}

const REGISTRATION = ['R1', 'R2', 'R2', 'R3', 'R4'];
const DECLARE_FIRST = ['P1', 'P1', 'P2', 'P3', 'P4', 'P4', 'P5', 'P5'];
const CONSENT_FIRST = ['P1', 'P3', 'P4', 'P4', 'P1', 'P2', 'P5', 'P5'];
const CUSTOMS_STARTED = ['P1', 'P2', 'P3', 'P4', 'P4', 'P5', 'P5'];

test('the demonstration sees every step, in each order of the POA', async () => {
  const { all, seen, missed } = await play();
  expect(seen).toEqual([...REGISTRATION, ...DECLARE_FIRST, ...CONSENT_FIRST, ...CUSTOMS_STARTED]);
  expect([all, missed]).toEqual([true, []]);
});

test('and again with the data of the first time', async () => {
  expect(await play()).toMatchObject({ all: true, missed: [] });
});

test('a step that does not happen is told as such', async () => {
  await fetch(`${stack.endpoints.telecom}/_control/subscribers/+886912345678`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      contract: 'PAYG',
      idNumber: 'A123456789',
      name: '王小明',
      birthDate: '1990-01-01',
    }),
  });
  expect(await play()).toMatchObject({ all: false, missed: ['R3'] });
});
