import { listFraudCases } from '../../db/fraud-cases.ts';
import { resolveFraudCase } from '../../db/fraud-resolutions.ts';
import { ConsentryError } from '../../domain/error-code.ts';
import { FRAUD_RESOLUTIONS } from '../../domain/fraud-case.ts';
import { isUuid } from '../../domain/ids.ts';
import { type Command, Refusal, textOf, UsageError } from './command.ts';
import { table } from './table.ts';

export const fraud: Record<string, Command> = {
  list: {
    positionals: [],
    options: { all: { type: 'boolean', help: 'resolved ones, too' } },
    summary: 'declarations of which their person said "not mine", or "that was not me" after a confirmation',
    async run(given, connect, print) {
      const cases = await listFraudCases(connect().pool, given.values.all === true);
      if (cases.length === 0) return print('There is none.');
      for (const line of table(cases.map((listed) => ({ ...listed })))) print(line);
    },
  },

  resolve: {
    positionals: ['caseId', FRAUD_RESOLUTIONS.join('|')],
    options: {
      by: { type: 'string', value: 'NAME', required: true, help: 'who records it' },
      reason: {
        type: 'string',
        value: 'TEXT',
        required: true,
        help: 'what Customs found, and where it says so',
      },
    },
    summary: 'records what Customs found, where it did not say so itself; the broker and the person are told',
    async run(given, connect, print) {
      const [caseId = '', named] = given.positionals;
      if (!isUuid(caseId)) throw new UsageError(`"${caseId}" is no case id.`);
      const resolution = FRAUD_RESOLUTIONS.find((known) => known === named);
      if (!resolution) throw new UsageError(`"${named}" is none of ${FRAUD_RESOLUTIONS.join(', ')}.`);
      const connection = connect();
      const by = { operator: textOf(given, 'by'), reason: textOf(given, 'reason') };
      const resolved = await resolveFraudCase(
        { pool: connection.pool, keys: connection.keys() },
        { caseId, resolution, by },
      ).catch(refused);
      print(`Case ${caseId} is resolved: ${resolution}, ${resolved.resolvedAt.toISOString()}.`);
    },
  },
};

function refused(error: unknown): never {
  if (error instanceof ConsentryError && error.code === 'not-found')
    throw new Refusal('There is no such case.');
  if (error instanceof ConsentryError) throw new Refusal(error.message);
  throw error;
}
