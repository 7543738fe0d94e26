/** The demonstration that `npm start` plays through the real HTTP interfaces. */
import type { Endpoints } from '../up/endpoints.ts';

export interface DemoOptions {
  readonly endpoints: Endpoints;
  readonly print: (line: string) => void;
}

/** Returns true when every step was seen. */
export async function playDemo({ endpoints, print }: DemoOptions): Promise<boolean> {
  const response = await fetch(`${endpoints.api}/readyz`);
  print(`Ready: ${response.status}`);
  return response.ok;
}
