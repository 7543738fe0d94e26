/** People whose SIM is, or is not, the one with which they were verified; for tests of the check before settling. */
import type { Decision, Order } from '../../domain/outcome.ts';
import type { SimCheck } from '../../domain/sim-check.ts';
import { eventually, fault, inSeconds, newPhone } from './poa-acts.ts';
import { bindPerson, content, declare, keepConsent, NAME } from './poa-fixtures.ts';
import { control, type PoaWorld, until } from './poa-world.ts';

const MINUTE = 60_000;
export const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * MINUTE);

export interface Person {
  phone: string;
  subjectId: string;
}

/** Verified an hour ago, unless said otherwise. */
export async function someone(world: PoaWorld, verifiedAt = minutesAgo(60)): Promise<Person> {
  const phone = newPhone();
  return { phone, subjectId: await bindPerson(world, phone, NAME, verifiedAt) };
}

/** A declaration that the person was shown. */
export async function asked(
  world: PoaWorld,
  { phone }: Person,
  options: { order?: Order; seconds?: number } = {},
) {
  const { declarationId, content: submitted } = await declare(world, options.order ?? 'customs-started', {
    content: content({ importer: { name: NAME, phone } }),
    respondBy: inSeconds(options.seconds ?? 3_600),
  });
  await until(world, declarationId, 'awaiting_importer');
  return { declarationId, submitted };
}

/** The importer's answer, told to the process until it has its verdict: on a slow machine that takes more than one try. */
export async function judged(world: PoaWorld, declarationId: string, decision: Decision) {
  const consentId = await keepConsent(world, declarationId, decision);
  if (!consentId) throw new Error('the answer could not be kept');
  const sent = await eventually(
    () => world.processes.decide(declarationId, { consentId }),
    ({ kind }) => kind === 'judged',
    20_000,
  );
  if (sent.kind !== 'judged') throw new Error(sent.kind);
  return { consentId, ...sent.result };
}

export const swappedAt = (world: PoaWorld, { phone }: Person, moment: Date) =>
  world.subscriber(phone, { simSwappedAt: moment.toISOString() });
export const recycledAt = (world: PoaWorld, { phone }: Person, moment: Date) =>
  world.subscriber(phone, { recycledAt: moment.toISOString() });

/** SIM Swap is not answered until `endFaults`. */
export const outage = ({ telecom }: PoaWorld) =>
  fault(telecom, { route: '/sim-swap', status: 503, times: 100_000 });

/** As a recovery leaves the identity. */
export async function verifyAnew({ pool }: PoaWorld, { subjectId }: Person): Promise<void> {
  await pool.query(
    `UPDATE identities SET suspended_at = NULL, suspension_reason = NULL,
       verification = verification || jsonb_build_object('verifiedAt', $2::text) WHERE subject_id = $1`,
    [subjectId, new Date().toISOString()],
  );
}

/** Null: not suspended. */
export async function suspensionOf({ pool }: PoaWorld, { subjectId }: Person): Promise<string | null> {
  const { rows } = await pool.query<{ at: Date | null; reason: string | null }>(
    'SELECT suspended_at AS at, suspension_reason AS reason FROM identities WHERE subject_id = $1',
    [subjectId],
  );
  const { at = null, reason = null } = rows[0] ?? {};
  if ((at === null) !== (reason === null))
    throw new Error('suspended without a reason, or the other way round');
  return reason;
}

export async function consentRow({ pool }: PoaWorld, consentId: string) {
  const { rows } = await pool.query<{
    verdict: string;
    code: string | null;
    simCheck: SimCheck | null;
    held: boolean | null;
  }>(
    `SELECT verdict, code, sim_check AS "simCheck", held_until > now() AS held FROM consents WHERE consent_id = $1`,
    [consentId],
  );
  return rows[0];
}

/** Waits until the process has noted that the operator does not answer. */
export const isHeld = (world: PoaWorld, consentId: string) =>
  eventually(
    () => consentRow(world, consentId),
    (row) => row?.held === true,
  );

/** What the operator was asked about the number, in any order. */
export async function questionsAbout({ telecom }: PoaWorld, { phone }: Person): Promise<string[]> {
  const requests = (await control(telecom, 'GET', '/requests')) as { path: string; body: unknown }[];
  return requests
    .filter(({ body }) => (body as { phoneNumber?: string } | null)?.phoneNumber === phone)
    .map(({ path }) => path)
    .sort();
}
