/**
 * The demonstration that `npm start` plays through the real HTTP interfaces: one registration, and one declaration of
 * each order. A step counts once the party that it reaches says so.
 */
import { writeFileSync } from 'node:fs';
import { ORDERS } from '../../domain/outcome.ts';
import { createHandset, type Handset } from '../../sandbox/handset/handset.ts';
import type { Endpoints } from '../up/endpoints.ts';
import { brokerOf, subscribe } from './parties.ts';
import { playPoa } from './poa.ts';
import { playRegistration } from './registration.ts';
import { handsetFile, IMPORTER } from './stage.ts';
import { NotSeen, tellStory } from './story.ts';

export interface DemoOptions {
  readonly endpoints: Endpoints;
  readonly print: (line: string) => void;
  /** Keeps the importer's phone there, for `npm run handset`. */
  readonly dataDirectory?: string;
}

/** Returns true when every step was seen. Works again on data of an earlier run: the importer then registers anew. */
export async function playDemo({ endpoints, print, dataDirectory }: DemoOptions): Promise<boolean> {
  const coloured = process.stdout.isTTY === true && process.stdout.hasColors();
  const handset = createHandset({ apiUrl: endpoints.api, phone: IMPORTER.phone });
  const stage = { endpoints, handset, story: tellStory(print, coloured) };
  try {
    await playRegistration(stage);
    const subscription = await subscribe(endpoints, await handset.pushKey());
    await handset.subscribePush(subscription);
    const broker = await brokerOf(endpoints);
    for (const order of ORDERS) await playPoa({ ...stage, broker, subscription }, order);
    if (dataDirectory) keep(handset, handsetFile(dataDirectory));
    return true;
  } catch (error) {
    if (!(error instanceof NotSeen)) print(`The demonstration stopped: ${(error as Error).message}`);
    return false;
  }
}

function keep(handset: Handset, file: string): void {
  writeFileSync(file, `${JSON.stringify(handset.state(), undefined, 2)}\n`, { mode: 0o600 });
}
