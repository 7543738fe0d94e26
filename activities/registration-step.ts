import type { PoolClient } from 'pg';
import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import { transaction } from '../db/pool.ts';
import { personOf, registrationKey, type SealedPerson } from '../db/registration/person.ts';
import {
  lockRegistrationRow,
  type RegistrationRow,
  registrationView,
  saveRegistrationRow,
} from '../db/registration/process-row.ts';
import type { RegistrationFence, RegistrationView } from '../domain/registration-view.ts';
import type { CustomsGateway } from '../gateways/customs.ts';
import type { PushGateway } from '../gateways/push.ts';
import type { SmsGateway } from '../gateways/sms.ts';
import type { Processes } from '../gateways/temporal.ts';
import type { Telecoms } from './telecom-of.ts';

export interface RegistrationDeps {
  db: Database;
  telecoms: Telecoms;
  customs: CustomsGateway;
  push: PushGateway;
  sms: SmsGateway;
  processes: Pick<Processes, 'lookAgain' | 'lookAgainAtRegistration' | 'startCustomsNotice'>;
  settings: {
    /** Where SMS link to. */
    publicUrl: string;
    /** How long a change of phone waits that no passkey vouches for. */
    phoneChangeHoldMs: number;
  };
  log: Logger;
}

/** What one step's transaction works on. */
export interface RegistrationStep {
  client: PoolClient;
  key: Buffer;
  row: RegistrationRow;
  person: SealedPerson;
}

/**
 * Runs one transaction of a step: fenced, saved once, and answered with where the registration stands now. `before` takes
 * the advisory locks that come before the row's.
 */
export async function inRegistration<T>(
  { db }: Pick<RegistrationDeps, 'db'>,
  fence: RegistrationFence,
  work: (step: RegistrationStep) => Promise<T>,
  before?: (client: PoolClient) => Promise<void>,
): Promise<{ result: T; view: RegistrationView }> {
  const key = await registrationKey(db.keys, fence.registrationId);
  return transaction(db.pool, async (client) => {
    await before?.(client);
    const row = await lockRegistrationRow(client, fence);
    const person = personOf(key, row.registrationId, row.sealed);
    const result = await work({ client, key, row, person });
    await saveRegistrationRow(client, row);
    return { result, view: await registrationView(client, row) };
  });
}
