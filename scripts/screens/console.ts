/** Pictures of the console: a flight on its way, and what has to be corrected in it. */
import type { Page } from 'playwright-core';
import { arrivesAt, DESK, joinConsole } from '../../test/app/support/console.ts';
import { openPhone, type PhoneWorld } from '../../test/app/support/phone.ts';
import { brokerOf, shipment } from '../demo/parties.ts';
import { askAbout, registeredImporter } from '../demo/person.ts';
import { IMPORTER } from '../demo/stage.ts';
import type { Endpoints } from '../up/endpoints.ts';

/** A desk's window, CSS pixels high. */
const HEIGHT = 720;

export async function takeConsole(
  world: PhoneWorld,
  endpoints: Endpoints,
  take: (page: Page, name: string) => Promise<void>,
): Promise<void> {
  const handset = await registeredImporter(endpoints);
  const importDate = new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Taipei' });
  const flights = ['CI0006', 'CI0006', 'BR0018'].map((flight) => ({ flight, importDate }));
  const [first = '', second = ''] = await askAbout(endpoints, handset, flights);
  for (const id of [first, second]) await handset.decide(id, 'confirmed');
  const broker = await brokerOf(endpoints);
  const other = { name: '陳怡君', phone: IMPORTER.phone };
  await broker.declare('declare-first', { ...shipment(other), flight: 'CI0006', importDate });

  const desk = await openPhone(world, { width: DESK });
  await desk.page.setViewportSize({ width: DESK, height: HEIGHT });
  await joinConsole(desk, endpoints.invitations[0]?.url ?? '');
  await desk.page.locator('.status-act').first().waitFor();
  await take(desk.page, 'console-overview');
  await desk.open('/console/corrections');
  await arrivesAt(desk, 'corrections.title');
  await desk.page.locator('.problems').waitFor();
  await take(desk.page, 'console-corrections');
}
