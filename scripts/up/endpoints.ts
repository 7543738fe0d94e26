/** `endpoints.json`: how scripts, tests and people find a running stack. It holds secrets, and exists while it runs. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerCredentials, ConsoleInvitation } from './brokers.ts';
import { writePrivate } from './secrets.ts';

export interface Endpoints {
  readonly api: string;
  /** The importer's web app. */
  readonly app: string;
  /** host:port */
  readonly temporalAddress: string;
  /** Left out where the Temporal service is the user's own. */
  readonly temporalUi?: string;
  readonly databaseUrl: string;
  readonly telecom: string;
  readonly customs: string;
  readonly push: string;
  readonly brokers: readonly BrokerCredentials[];
  /** To the consoles that nobody has joined, as of the start. */
  readonly invitations: readonly ConsoleInvitation[];
  /** Customs' token at us (`/customs/v1`). */
  readonly customsToken: string;
  readonly operatorToken: string;
}

export function writeEndpoints(dataDirectory: string, endpoints: Endpoints): void {
  writePrivate(file(dataDirectory), endpoints);
}

export function removeEndpoints(dataDirectory: string): void {
  rmSync(file(dataDirectory), { force: true });
}

const file = (dataDirectory: string) => join(dataDirectory, 'endpoints.json');
