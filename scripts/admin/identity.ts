import { readIdentityView } from '../../db/operator-view.ts';
import { reinstate, type SuspensionAct, suspend } from '../../db/suspensions.ts';
import { isUuid } from '../../domain/ids.ts';
import { type Command, type Given, Refusal, textOf, UsageError } from './command.ts';
import { told } from './table.ts';

const WHO_AND_WHY: Command['options'] = {
  by: { type: 'string', value: 'NAME', required: true, help: 'who decides it; kept for good' },
  reason: { type: 'string', value: 'TEXT', required: true, help: 'why; no personal data' },
};

export const identity: Record<string, Command> = {
  show: {
    positionals: ['subjectId'],
    options: {},
    summary: 'whether it may confirm, and what was done to it; no personal data',
    async run(given, connect, print) {
      const subjectId = idOf(given);
      const sections = await readIdentityView(connect().pool, subjectId);
      if (!sections) throw new Refusal(`There is no identity ${subjectId}.`);
      for (const line of told(sections)) print(line);
    },
  },

  suspend: {
    positionals: ['subjectId'],
    options: WHO_AND_WHY,
    summary: 'it confirms nothing, also when it is verified anew, until an operator reinstates it',
    async run(given, connect, print) {
      const act = actOf(given);
      if (!(await suspend(connect().pool, act)))
        throw new Refusal(`There is no identity ${act.subjectId} that an operator has not suspended.`);
      print('Suspended: it confirms nothing more. It still declines, and says "not mine".');
    },
  },

  reinstate: {
    positionals: ['subjectId'],
    options: WHO_AND_WHY,
    summary: 'it may confirm again',
    async run(given, connect, print) {
      const act = actOf(given);
      const was = await reinstate(connect().pool, act);
      if (!was) throw new Refusal(`There is no identity ${act.subjectId} that is suspended.`);
      print('Reinstated: it may confirm again.');
      if (was !== 'operator')
        print(`It was suspended for ${was}: each confirmation asks the telecom operator again.`);
    },
  },
};

function idOf({ positionals: [subjectId = ''] }: Given): string {
  if (!isUuid(subjectId)) throw new UsageError(`"${subjectId}" is no subject id.`);
  return subjectId;
}

const actOf = (given: Given): SuspensionAct => ({
  subjectId: idOf(given),
  operator: textOf(given, 'by') ?? '',
  reason: textOf(given, 'reason') ?? '',
});
