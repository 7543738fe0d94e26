/** Somebody registered in a running sandbox, and declarations that wait for their answer. */
import { createHandset, type Handset } from '../../sandbox/handset/handset.ts';
import type { Endpoints } from '../up/endpoints.ts';
import { brokerOf, shipment } from './parties.ts';
import { IMPORTER } from './stage.ts';

const POLL_MS = 100;

/** The importer of the demonstration, logged in, with a passkey. */
export async function registeredImporter({ api }: Endpoints): Promise<Handset> {
  const handset = createHandset({ apiUrl: api, phone: IMPORTER.phone });
  const { status, reason } = await handset.register(IMPORTER);
  if (status !== 'bound') throw new Error(`not registered: ${status} ${reason ?? ''}`);
  await handset.createPasskey();
  return handset;
}

/** Declares one shipment after another, each with what is to be otherwise in it; returns their ids once all are asked. */
export async function askAbout(
  endpoints: Endpoints,
  handset: Handset,
  shipments: readonly object[],
): Promise<string[]> {
  const { name, phone } = IMPORTER;
  const broker = await brokerOf(endpoints);
  const ids: string[] = [];
  for (const changes of shipments) {
    const body = { ...shipment({ name, phone }), ...changes };
    ids.push((await broker.declare('declare-first', body)).declarationId);
  }
  for (;;) {
    const waiting = (await handset.inbox()).map(({ declarationId }) => declarationId);
    if (ids.every((id) => waiting.includes(id))) return ids;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
