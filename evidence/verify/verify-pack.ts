import type { ReportedOutcome } from '../../domain/outcome.ts';
import { PACK_FILE } from '../../domain/pack.ts';
import { CHECKS, type Check, type CheckId, NotApplicable, type Subject } from './checks.ts';
import { Failure } from './failure.ts';
import { PackFiles } from './files.ts';
import { parseJws } from './jws.ts';
import { readReceipt } from './receipt.ts';
import { type Trust, type TrustRoots, trustRoots } from './trust.ts';
import { BadContainer, unzip } from './zip.ts';

export interface CheckResult {
  id: CheckId;
  /** `not-applicable`: there is nothing in this pack that it looks at; `not-checked`: the pack could not be opened. */
  result: 'passed' | 'failed' | 'not-applicable' | 'not-checked';
  /** What differs, or what is worth saying; may quote the pack. */
  detail: string;
}

export interface VerificationReport {
  /** No check failed. */
  ok: boolean;
  /** What the pack says it is about; to be believed only when `ok`. Null when that cannot be read. */
  about: {
    declarationId: string;
    version: number;
    outcome: ReportedOutcome;
    decidedAt: string;
    /** The person, as an opaque id. */
    subject: string | null;
    brokerBoxNumber: string;
  } | null;
  checks: CheckResult[];
}

/**
 * Verifies an evidence pack with nothing but the pack and what the caller believes: no network, no database. Never throws
 * for whatever the bytes are; throws `BadTrust` when what is to be believed cannot be read.
 *
 * ```ts
 * const report = verifyPack(readFileSync('pack.zip'), { jwks: JSON.parse(readFileSync('jwks.json', 'utf8')), logKey });
 * if (!report.ok) console.log(report.checks.filter(({ result }) => result === 'failed'));
 * ```
 */
export const verifyPack = (bytes: Uint8Array, trust: Trust): VerificationReport => packVerifier(trust)(bytes);

/** The same for many packs: what is to be believed is read once. Throws `BadTrust`. */
export function packVerifier(trust: Trust): (bytes: Uint8Array) => VerificationReport {
  const roots = trustRoots(trust);
  return (bytes) => verifyWith(roots, bytes);
}

function verifyWith(roots: TrustRoots, bytes: Uint8Array): VerificationReport {
  const ids = Object.keys(CHECKS) as CheckId[];
  let subject: Subject;
  try {
    const { entries, flaw } = unzip(bytes);
    subject = { files: new PackFiles(entries), flaw, trust: roots };
  } catch (error) {
    const detail = error instanceof BadContainer ? error.message : 'it cannot be read';
    const checks = ids.map(
      (id): CheckResult =>
        id === 'container'
          ? { id, result: 'failed', detail }
          : { id, result: 'not-checked', detail: 'the pack could not be opened' },
    );
    return { ok: false, about: null, checks };
  }
  const checks = ids.map((id) => ({ id, ...judge(CHECKS[id], subject) }));
  return { ok: checks.every(({ result }) => result !== 'failed'), about: aboutOf(subject), checks };
}

function judge(check: Check, subject: Subject): Omit<CheckResult, 'id'> {
  try {
    return { result: 'passed', detail: check(subject) ?? '' };
  } catch (error) {
    if (error instanceof NotApplicable) return { result: 'not-applicable', detail: error.message };
    // Whatever else bytes from anywhere may bring about is a failure of this check, and no crash.
    return { result: 'failed', detail: error instanceof Failure ? error.message : 'it cannot be read' };
  }
}

function aboutOf({ files }: Subject): VerificationReport['about'] {
  try {
    const { declaration, outcome, decidedAt, pii_principal_id } = readReceipt(
      parseJws(files.text(PACK_FILE.receipt)).payload,
    );
    const { declarationId, version, brokerBoxNumber } = declaration;
    return { declarationId, version, outcome, decidedAt, subject: pii_principal_id, brokerBoxNumber };
  } catch {
    return null;
  }
}
