/** Declarations that wait for somebody, what befalls them meanwhile, and how a person goes through one on their phone. */
import pg from 'pg';
import type { DeclarationSubmission } from '../../../domain/declaration.ts';
import { asks, type Citizen, declared, type Outside, shipmentFor } from '../../support/outside.ts';
import { confirm, readAll } from './acts.ts';
import type { Phone } from './phone.ts';

export interface Asked {
  id: string;
  /** As the broker sent it. */
  body: DeclarationSubmission;
}

/** Declared by a broker, and in the person's inbox. */
export async function asked(
  world: Pick<Outside, 'broker'>,
  citizen: Citizen,
  changes: Partial<DeclarationSubmission> = {},
): Promise<Asked> {
  const body = shipmentFor(citizen, changes);
  const id = await declared(world.broker, body);
  await asks(citizen, id);
  return { id, body };
}

/** The broker corrects it; the person is asked anew. */
export async function amended(
  world: Pick<Outside, 'broker'>,
  citizen: Citizen,
  { id, body }: Asked,
  changes: Partial<DeclarationSubmission>,
  version = 2,
): Promise<void> {
  const { status } = await world.broker.amend(id, version - 1, { ...body, ...changes });
  if (status !== 200) throw new Error(`amended: ${status}`);
  await asks(citizen, id, version);
}

/** Runs SQL on the database of a running Consentry: what time and operators do, and a test cannot wait for. */
export async function sql(
  world: Pick<Outside, 'stack'>,
  text: string,
  values: unknown[] = [],
): Promise<void> {
  const client = new pg.Client({ connectionString: world.stack.databases.DATABASE_URL });
  await client.connect();
  await client.query(text, values);
  await client.end();
}

/** Moves the end of the time for an answer to so many seconds from now (below 0: that long ago). */
export const endsIn = (world: Pick<Outside, 'stack'>, { id }: Asked, seconds: number): Promise<void> =>
  sql(
    world,
    `WITH version AS (UPDATE declaration_versions SET respond_by = now() + make_interval(secs => $2)
       WHERE declaration_id = $1 RETURNING declaration_id, respond_by)
     UPDATE declarations d SET respond_by = v.respond_by FROM version v WHERE d.declaration_id = v.declaration_id`,
    [id, seconds],
  );

/** Goods lines that differ from each other. */
export const goodsOf = (lines: number): DeclarationSubmission['goods'] =>
  Array.from({ length: lines }, (_, at) => ({
    sequence: at + 1,
    description:
      ['運動鞋（黑色，尺寸 26.5）', 'Wireless earbuds with charging case', '兒童洋裝', '維他命 C 錠'][
        at % 4
      ] ?? '',
    quantity: String(at + 1),
    unit: ['PR', 'PCE', 'SET', 'BO'][at % 4] ?? '',
    price: ['71.00', '129.90', '1250.00', '8.05'][at % 4] ?? '',
    currency: 'USD',
  }));

/** Reads to the last line, and touches: it matches. */
export async function readAndConfirm(phone: Phone): Promise<void> {
  await readAll(phone);
  await confirm(phone);
}
