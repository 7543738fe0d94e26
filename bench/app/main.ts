/** `npm run bench:app -- --help` */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, BrowserContext } from 'playwright-core';
import type { Handset } from '../../sandbox/handset/handset.ts';
import { askAbout, registeredImporter } from '../../scripts/demo/person.ts';
import { type Stack, startStack } from '../../scripts/up/stack.ts';
import { launchBrowser } from '../../test/app/support/browser.ts';
import { sessionCookies } from '../../test/app/support/phone.ts';
import { removeData } from '../../test/support/stack-world.ts';
import { median } from '../load.ts';
import {
  browserSpeed,
  type Load,
  measureLoad,
  midRangeSlowDown,
  newContext,
  type Profile,
  SLOW_4G,
} from './load.ts';

const HELP = `npm run bench:app -- [options]   Measures the app in a browser on a slow phone; not a test, machines differ.

  --runs N     loads of each page, of which the median counts (default 7)
  --cpu N      how many times slower than here the phone's processor is (default: as Lighthouse has it for this machine)
  --json       the last line is one JSON object
  --help       this text
`;

/** What is promised on such a phone: JavaScript of a first load, compressed, and the time until a person can act. */
const MAX_SCRIPT_BYTES = 100_000;
const MAX_INTERACTIVE_MS = 1_500;
const WAITING = 3;

const flag = { type: 'boolean', default: false } as const;
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '7' }, cpu: { type: 'string' }, json: flag, help: flag },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

interface Scenario {
  name: string;
  path: string;
  loggedIn?: boolean;
  /** The person was here before: shell and service worker are there. */
  again?: boolean;
}

async function loadOnce(world: World, { path, loggedIn, again }: Scenario): Promise<Load> {
  const context = await newContext(world.browser);
  try {
    if (loggedIn) await context.addCookies(sessionCookies(world.handset, world.app));
    if (again) await visit(context, world.app);
    return await measureLoad(context, `${world.app}${path}`, world.phone);
  } finally {
    await context.close();
  }
}

/** Until the service worker keeps the shell. */
async function visit(context: BrowserContext, app: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(app);
  await page.evaluate('navigator.serviceWorker.ready.then(() => null)');
  await page.close();
}

interface World {
  browser: Browser;
  phone: Profile;
  app: string;
  handset: Handset;
  declarationId: string;
}

async function prepare({ endpoints }: Stack): Promise<Omit<World, 'browser' | 'phone'>> {
  const handset = await registeredImporter(endpoints);
  const [declarationId = ''] = await askAbout(
    endpoints,
    handset,
    Array.from({ length: WAITING }, () => ({})),
  );
  return { app: endpoints.app, handset, declarationId };
}

async function measure(world: World): Promise<Record<string, object>> {
  const report: Record<string, object> = {};
  const scenarios: Scenario[] = [
    { name: 'a stranger, first visit', path: '/' },
    { name: 'inbox, nothing kept', path: '/inbox', loggedIn: true },
    { name: 'declaration from an SMS, nothing kept', path: `/d/${world.declarationId}`, loggedIn: true },
    { name: 'inbox, again', path: '/inbox', loggedIn: true, again: true },
  ];
  for (const scenario of scenarios) {
    const loads: Load[] = [];
    for (let run = 0; run < Number(values.runs); run++) loads.push(await loadOnce(world, scenario));
    const found = summary(loads);
    report[scenario.name] = found;
    tell(scenario.name, found);
  }
  return report;
}

/** Medians. */
function summary(loads: readonly Load[]) {
  const of = (value: (load: Load) => number) => Math.round(median(loads.map(value)));
  const types = [...new Set(loads.flatMap(({ bytes }) => Object.keys(bytes)))];
  return {
    interactiveMs: of((load) => load.interactiveMs),
    firstPaintMs: of((load) => load.firstPaintMs),
    bytes: Object.fromEntries(types.map((type) => [type, of((load) => load.bytes[type] ?? 0)])),
  };
}

const verdict = (value: number, limit: number) => (value < limit ? 'pass' : 'MISS');

function tell(name: string, { interactiveMs, firstPaintMs, bytes }: ReturnType<typeof summary>): void {
  const script = bytes.Script ?? 0;
  console.log(`\n${name}
  interactive after ${interactiveMs} ms (${verdict(interactiveMs, MAX_INTERACTIVE_MS)}), first paint after ${firstPaintMs} ms
  script ${script} bytes, compressed (${verdict(script, MAX_SCRIPT_BYTES)}); all of it ${JSON.stringify(bytes)}`);
}

const dataDir = mkdtempSync(join(tmpdir(), 'consentry-bench-app-'));
const browser = await launchBrowser();
const stack = await startStack({ dataDir, env: { LOG_LEVEL: 'warn' } });
try {
  const speed = await browserSpeed(browser);
  const cpuSlowDown = Number(values.cpu ?? midRangeSlowDown(speed).toFixed(1));
  console.log(`BenchmarkIndex ${speed} here; the phone's processor is ${cpuSlowDown} times slower.`);
  const report = await measure({ browser, phone: { ...SLOW_4G, cpuSlowDown }, ...(await prepare(stack)) });
  if (values.json) console.log(JSON.stringify(report));
} finally {
  await browser.close();
  await stack.stop();
  removeData(dataDir);
}
