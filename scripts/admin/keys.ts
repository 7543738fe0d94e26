import type { ReceiptKey } from '../../db/receipt-keys.ts';
import { RECEIPT_KEY_OVERLAP_MS, RECEIPT_KEY_TAKEN_UP_MS } from '../../domain/limits.ts';
import { newReceiptKey } from '../../evidence/receipt.ts';
import { type Command, type Given, Refusal, textOf, UsageError } from './command.ts';
import { table } from './table.ts';

const seconds = (ms: number): number => ms / 1000;

/** Keys that seal receipts. */
export const keys: Record<string, Command> = {
  list: {
    positionals: [],
    options: {},
    summary: 'all keys that seal receipts, or did',
    async run(_given, connect, print) {
      const known = await connect().keys().receipts.list();
      const rows = known.map((key) => ({
        kid: key.kid,
        state: stateOf(key),
        'not before': key.notBefore,
        retired: key.retiredAt,
        revoked: key.revokedAt,
        reason: key.revokedReason,
      }));
      for (const line of rows.length > 0 ? table(rows) : ['There is no key: the first outcome makes one.'])
        print(line);
    },
  },

  rotate: {
    positionals: [],
    options: {},
    summary: 'a new key in place of the one in use, without a restart',
    async run(_given, connect, print) {
      const key = await newReceiptKey();
      await connect().keys().receipts.add(key);
      print(
        `${key.kid} seals from now on; every process takes it up within ${seconds(RECEIPT_KEY_TAKEN_UP_MS)} s.`,
      );
      print(`Earlier keys retire in ${seconds(RECEIPT_KEY_OVERLAP_MS)} s and stay published.`);
    },
  },

  revoke: {
    positionals: ['kid'],
    options: {
      at: {
        type: 'string',
        value: 'TIME',
        required: true,
        help: 'since when somebody else may have sealed with it (RFC 3339)',
      },
      reason: {
        type: 'string',
        value: 'TEXT',
        required: true,
        help: 'published with the key; no personal data',
      },
    },
    summary: 'says that what a retired key sealed from then on does not count',
    async run(given, connect, print) {
      const [kid = ''] = given.positionals;
      const at = timeOf(given);
      const result = await connect()
        .keys()
        .receipts.revoke(kid, at, textOf(given, 'reason') ?? '');
      if (result === 'unknown') throw new Refusal(`There is no key ${kid}.`);
      if (result === 'in-use')
        throw new Refusal(`${kid} still seals: rotate first, and revoke it once it has retired.`);
      print(`${kid} is revoked as of ${at.toISOString()}: verifiers of the published keys say so.`);
    },
  },
};

function timeOf(given: Given): Date {
  const text = textOf(given, 'at') ?? '';
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? new Date(text)
    : null;
  if (!at || Number.isNaN(at.getTime()))
    throw new UsageError('--at is a time like 2026-11-24T08:00:00+08:00.');
  if (at.getTime() > Date.now()) throw new UsageError('--at lies ahead: a theft is known afterwards.');
  return at;
}

function stateOf({ notBefore, retiredAt, revokedAt }: ReceiptKey): string {
  if (revokedAt) return 'revoked';
  if (notBefore.getTime() > Date.now()) return 'to come';
  if (!retiredAt) return 'seals';
  return retiredAt.getTime() > Date.now() ? 'retires' : 'retired';
}
