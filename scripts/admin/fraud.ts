import { listFraudCases } from '../../db/fraud-cases.ts';
import type { Command } from './command.ts';
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
};
