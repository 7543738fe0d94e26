import { readPoa, revealPoa } from '../../db/operator-view.ts';
import {
  type Attention,
  insertResolution,
  type NewResolution,
  type ResolutionAction,
  readAttention,
} from '../../db/resolutions.ts';
import { type HeldBy, placeHold, releaseHold } from '../../db/retention/holds.ts';
import { ConsentryError } from '../../domain/error-code.ts';
import { isUuid } from '../../domain/ids.ts';
import type { ResolveResult } from '../../domain/messages.ts';
import { REPORTED_OUTCOMES } from '../../domain/outcome.ts';
import type { MessageResult } from '../../gateways/temporal.ts';
import { type Command, type Given, Refusal, textOf, UsageError } from './command.ts';
import { told } from './table.ts';

/** Who holds or releases, and why. */
const HOLDING: Command['options'] = {
  by: { type: 'string', value: 'NAME', required: true, help: 'who says so; kept' },
  reason: { type: 'string', value: 'TEXT', required: true, help: 'why; kept' },
};

const ACTIONS: readonly ResolutionAction[] = ['retry', 'accept-customs', 'correct'];

export const poa: Record<string, Command> = {
  show: {
    positionals: ['declarationId'],
    options: { reveal: { type: 'boolean', help: 'opens what is sealed: personal data on your screen' } },
    summary: 'where it stands and how it came there',
    async run(given, connect, print) {
      const declarationId = idOf(given);
      const connection = connect();
      const sections = await readPoa(connection.pool, declarationId);
      if (!sections) throw noSuch(declarationId);
      for (const line of told(sections)) print(line);
      if (!given.values.reveal) return;
      const opened = await revealPoa({ pool: connection.pool, keys: connection.keys() }, declarationId);
      if (!opened) print('Its data key was destroyed: there is nothing to reveal.');
      for (const { what, content } of opened ?? []) print(`${what}\n${JSON.stringify(content, null, 2)}\n`);
    },
  },

  hold: {
    positionals: ['declarationId'],
    options: HOLDING,
    summary: 'it is not purged until it is released',
    async run(given, connect, print) {
      const declarationId = idOf(given);
      const connection = connect();
      const stores = { pool: connection.pool, keys: connection.keys() };
      const hold = await placeHold(stores, declarationId, byOf(given)).catch(refused);
      if (!hold) throw noSuch(declarationId);
      print(`${hold.placed ? 'Held' : 'It was held before'}, since ${hold.placedAt.toISOString()}.`);
    },
  },

  release: {
    positionals: ['declarationId'],
    options: HOLDING,
    summary: "ends the operators' hold, and not one of Customs",
    async run(given, connect, print) {
      const declarationId = idOf(given);
      const connection = connect();
      const stores = { pool: connection.pool, keys: connection.keys() };
      const released = await releaseHold(stores, declarationId, byOf(given));
      if (released === null) throw noSuch(declarationId);
      print(released ? 'Released.' : 'Operators hold nothing here.');
    },
  },

  resolve: {
    positionals: ['declarationId', 'retry|accept-customs|correct'],
    options: {
      by: { type: 'string', value: 'NAME', required: true, help: 'who decides it; kept with the outcome' },
      reason: { type: 'string', value: 'TEXT', required: true, help: 'why; no personal data' },
      outcome: { type: 'string', value: 'O', help: 'what Customs holds, if it has not said so itself' },
      acknowledgement: { type: 'string', value: 'N', help: "Customs' acknowledgement number of it" },
    },
    summary:
      'retry: send the same once more · accept-customs: what Customs holds stands · correct: back to the broker',
    async run(given, connect, print) {
      const declarationId = idOf(given);
      const action = ACTIONS.find((known) => known === given.positionals[1]);
      if (!action) throw new UsageError(`"${given.positionals[1]}" is none of ${ACTIONS.join(', ')}.`);
      const connection = connect();
      const attention = await readAttention(connection.pool, declarationId);
      if (!attention) throw noSuch(declarationId);
      if (attention.status !== 'needs_attention')
        throw new Refusal(`It stands at ${attention.status} and needs no attention.`);
      const resolutionId = await insertResolution(connection.pool, {
        declarationId,
        action,
        held: action === 'accept-customs' ? heldBy(given, attention) : null,
        operator: textOf(given, 'by') ?? '',
        reason: textOf(given, 'reason') ?? '',
      });
      tell(await connection.processes().resolve(declarationId, { resolutionId }), print);
    },
  },
};

function idOf({ positionals: [declarationId = ''] }: Given): string {
  if (!isUuid(declarationId)) throw new UsageError(`"${declarationId}" is no declaration id.`);
  return declarationId;
}

const noSuch = (declarationId: string) => new Refusal(`There is no declaration ${declarationId}.`);

const byOf = (given: Given): HeldBy => ({
  holder: 'operator',
  officer: textOf(given, 'by') ?? '',
  reason: textOf(given, 'reason') ?? '',
});

function refused(error: unknown): never {
  throw error instanceof ConsentryError ? new Refusal(error.detail) : error;
}

/** What Customs holds: as the operator says, else as Customs said when it refused ours. */
function heldBy(given: Given, { held, version }: Attention): NonNullable<NewResolution['held']> {
  const said = held?.version === version ? held : null;
  const named = textOf(given, 'outcome') ?? said?.outcome;
  const acknowledgementNumber = textOf(given, 'acknowledgement') ?? said?.acknowledgementNumber;
  if (!named || !acknowledgementNumber) {
    throw new UsageError(
      'Customs did not say what it holds of this version: name it by --outcome and --acknowledgement.',
    );
  }
  const outcome = REPORTED_OUTCOMES.find((known) => known === named);
  if (!outcome) throw new UsageError(`"${named}" is none of ${REPORTED_OUTCOMES.join(', ')}.`);
  return { outcome, acknowledgementNumber };
}

function tell(sent: MessageResult<ResolveResult>, print: (line: string) => void): void {
  if (sent.kind !== 'judged') {
    print('Kept, and not judged yet: no worker answered. It will be done as soon as one does.');
    return;
  }
  const { verdict, code, status } = sent.result;
  if (verdict !== 'accepted')
    throw new Refusal(`It was refused: ${code ?? verdict}. It stands at ${status}.`);
  print(`Done. It stands at ${status}.`);
}
