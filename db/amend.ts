/** The rules of an amendment, whoever brings it: a call of its own, or a line of many. */
import type { PoolClient } from 'pg';
import { canonicalForm } from '../domain/canonical.ts';
import type { DeclarationSubmission } from '../domain/declaration.ts';
import { type ErrorCode, Refused } from '../domain/error-code.ts';
import { RESPOND_BY_MIN_MS } from '../domain/limits.ts';
import { POA_STATE } from '../domain/poa-state.ts';
import { defaultRespondBy, respondByOf } from '../domain/respond-by.ts';
import { type InForce, insertAmendment, insertRetry, waybillTaken } from './changes.ts';
import type { Database } from './database.ts';
import type { BrokerIdentity } from './declarations.ts';

/** A declaration as its change finds it, locked. */
export interface Locked {
  client: PoolClient;
  dataKey: Buffer;
  declarationId: string;
  inForce: InForce;
  /** Another change is not judged. */
  pending: boolean;
}

const refused = (code: ErrorCode) => new Refused({ code });

/**
 * Records the amendment; its proposal's id, or null when there is nothing to judge. `ifMatch`: ETag of the version that it is
 * made on. Throws `Refused`.
 */
export async function proposeAmendment(
  { index }: Pick<Database, 'index'>,
  broker: BrokerIdentity,
  { client, dataKey, declarationId, inForce, pending }: Locked,
  ifMatch: string,
  { order, respondBy: asked, ...submitted }: DeclarationSubmission,
): Promise<string | null> {
  if (ifMatch !== `"${inForce.version}"`) {
    throw new Refused({
      code: 'version-conflict',
      detail: 'If-Match names another version than the one in force.',
      // RFC 9110 §13.1.1.
      status: 412,
    });
  }
  if (inForce.order === 'customs-started' || pending) throw refused('version-conflict');
  const now = Date.now();
  const closed = inForce.openUntil !== null && inForce.openUntil.getTime() < now;
  if (!POA_STATE[inForce.status].amend || closed) throw refused('already-decided');
  refuseOtherBeginning(inForce, order, submitted.declarationNumber);

  const { digest } = canonicalForm(submitted, broker.boxNumber);
  const kept = keptMoment(inForce, asked, now);
  if (kept && digest === inForce.digest) {
    return inForce.status === 'needs_correction' ? insertRetry(client, declarationId) : null;
  }
  const respondBy = asked === undefined ? (kept ?? defaultRespondBy(now)) : respondByOf(asked, now);
  if (await waybillTaken(client, broker.brokerId, declarationId, submitted))
    throw refused('duplicate-waybill');
  const proposed = { declarationId, version: inForce.version + 1, submitted, respondBy };
  return insertAmendment(client, { index }, dataKey, broker, proposed);
}

/** `order` and `declarationNumber` may be left out; given, they are as before. */
function refuseOtherBeginning(inForce: InForce, order?: string, declarationNumber?: string): void {
  const errors = [
    { pointer: '/order', differs: order !== undefined && order !== inForce.order },
    {
      pointer: '/declarationNumber',
      differs: declarationNumber !== undefined && declarationNumber !== inForce.declarationNumber,
    },
  ].flatMap(({ pointer, differs }) =>
    differs ? [{ pointer, code: 'unchangeable', detail: 'cannot be changed: cancel and declare anew' }] : [],
  );
  if (errors.length > 0) throw new Refused({ code: 'validation-failed', errors });
}

/** The moment in force when it stays: named again, or not named and far enough ahead; else null. */
function keptMoment({ respondBy }: InForce, asked: string | undefined, now: number): Date | null {
  const stays =
    asked === undefined
      ? respondBy.getTime() - now >= RESPOND_BY_MIN_MS
      : new Date(asked).getTime() === respondBy.getTime();
  return stays ? respondBy : null;
}
