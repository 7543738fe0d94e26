import { endAlarm, openAlarm } from '../../db/log/alarm.ts';
import { cosignedCheckpoint, countLog, publishedCheckpoint } from '../../db/log/published.ts';
import { dueBefore } from '../../db/retention/purge.ts';
import { countRetention, lastRun, purgedByMonth } from '../../db/retention/runs.ts';
import { POA_RETENTION_MONTHS } from '../../domain/law.ts';
import { audit } from '../../evidence/audit/audit.ts';
import type { Finding } from '../../evidence/audit/finding.ts';
import { auditLog } from '../../evidence/audit/log.ts';
import { type Command, Refusal, textOf } from './command.ts';
import { list, table } from './table.ts';

/** Findings shown; of the others, their number. */
const SHOWN = 1_000;

/** What is kept as evidence, and the transparency log. */
export const evidence: Record<string, Command> = {
  audit: {
    positionals: [],
    options: {},
    summary: 'looks for rows edited, deleted or inserted behind the system; exit code 1 when there is any',
    async run(_given, connect, print) {
      const connection = connect();
      const findings = collector();
      const keys = connection.keys();
      const counts = await audit({ ...connection, ...connection.log(), keys }, findings.add);
      for (const line of list({ ...counts })) print(line);
      findings.refuseAny(print);
      print('Everything is as it was signed.');
    },
  },

  retention: {
    positionals: [],
    options: {},
    summary: 'what is kept, due and held, and what was purged, by month',
    async run(_given, connect, print) {
      const { pool } = connect();
      const last = await lastRun(pool);
      const before = await dueBefore(pool, last?.months ?? POA_RETENTION_MONTHS);
      const counts = await countRetention(pool, before);
      const rows = {
        'ended and kept': counts.kept,
        'due: ended before': before,
        due: counts.due,
        'past their time and kept on': counts.keptOn,
        held: counts.held,
        'begun and not finished': counts.unfinished,
        'people who left and are kept': counts.peopleKept,
        'last run': last?.begunAt,
        'came to its end': last && (last.endedAt ?? 'no'),
        'months of it': last?.months,
      };
      for (const line of list(rows)) print(line);
      const months = await purgedByMonth(pool);
      if (months.length === 0) return print('Nothing was purged yet.');
      print('Purged');
      for (const line of table(months.map((month) => ({ ...month })))) print(line);
    },
  },

  log: {
    positionals: [],
    options: {},
    summary: 'where the transparency log stands, and why nothing is appended to it',
    async run(_given, connect, print) {
      const connection = connect();
      const { pool } = connection;
      const { log, heads } = connection.log();
      const [counts, published, cosigned, copy, alarm] = [
        await countLog(pool),
        await publishedCheckpoint(pool),
        await cosignedCheckpoint(pool),
        await heads.read(log.name),
        await openAlarm(pool),
      ];
      const rows = {
        origin: log.name,
        leaves: counts.size,
        root: published?.root.toString('base64'),
        'second copy': copy?.size,
        'cosigned up to': cosigned?.size,
        queued: counts.queued,
        refused: counts.refused,
        alarm: alarm?.kind ?? 'none',
        why: alarm?.detail,
        since: alarm?.raisedAt,
      };
      for (const line of list(rows)) print(line);
      if (alarm)
        print(
          'Nothing is appended. Answers are kept and settled, and wait: npm run admin -- evidence log-resume',
        );
    },
  },

  'log-resume': {
    positionals: [],
    options: {
      by: { type: 'string', value: 'WHO', required: true, help: 'who says so' },
      reason: { type: 'string', value: 'TEXT', required: true, help: 'what was wrong, and what was done' },
    },
    summary: 'ends the alarm, if the log holds together again',
    async run(given, connect, print) {
      const connection = connect();
      if (!(await openAlarm(connection.pool))) throw new Refusal('There is no alarm.');
      const findings = collector();
      for await (const some of auditLog({ ...connection, ...connection.log() })) some.forEach(findings.add);
      findings.refuseAny(print);
      await endAlarm(connection.pool, {
        operator: textOf(given, 'by') ?? '',
        reason: textOf(given, 'reason') ?? '',
      });
      print('The log holds together. What waits is appended from now on.');
    },
  },
};

function collector() {
  const findings: Finding[] = [];
  let count = 0;
  return {
    add(finding: Finding) {
      count++;
      if (findings.length < SHOWN) findings.push(finding);
    },
    /** Throws `Refusal` when there is any. */
    refuseAny(print: (line: string) => void) {
      if (count === 0) return;
      for (const line of table(findings.map(({ kind, of, detail }) => ({ finding: kind, of, detail }))))
        print(line);
      if (count > findings.length) print(`  … and ${count - findings.length} more`);
      throw new Refusal(
        `${count} ${count === 1 ? 'finding' : 'findings'}: what is kept is not what was signed.`,
      );
    },
  };
}
