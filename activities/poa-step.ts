import type { PoolClient } from 'pg';
import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';
import { lockRow, type ProcessRow, saveRow } from '../db/poa/process-row.ts';
import type { WriteReport } from '../db/poa/settle.ts';
import { declarationKey } from '../db/poa/version.ts';
import { type NudgeSettings, viewOf } from '../db/poa/view.ts';
import { transaction } from '../db/pool.ts';
import type { PoaFence, PoaView } from '../domain/poa-view.ts';
import type { CustomsGateway } from '../gateways/customs.ts';
import type { PushGateway } from '../gateways/push.ts';
import type { SmsGateway } from '../gateways/sms.ts';
import type { Telecoms } from './telecom-of.ts';

export interface PoaDeps {
  db: Database;
  customs: CustomsGateway;
  telecoms: Telecoms;
  push: PushGateway;
  sms: SmsGateway;
  writeReport: WriteReport;
  settings: NudgeSettings & {
    publicUrl: string;
    /** To one person about one broker's declarations; 0: no limit. */
    messagesPerHour: number;
  };
  log: Logger;
}

/** What one step's transaction works on. */
export interface Step {
  client: PoolClient;
  key: Buffer;
  row: ProcessRow;
}

/** Runs one transaction of a step: fenced, saved once, and answered with where the process stands now. */
export async function inStep<T>(
  { db, settings }: Pick<PoaDeps, 'db' | 'settings'>,
  fence: PoaFence,
  work: (step: Step) => Promise<T>,
): Promise<{ result: T; view: PoaView }> {
  const key = await declarationKey(db.keys, fence.declarationId);
  return transaction(db.pool, async (client) => {
    const row = await lockRow(client, fence);
    const result = await work({ client, key, row });
    await saveRow(client, row);
    return { result, view: await viewOf(client, row, settings) };
  });
}
