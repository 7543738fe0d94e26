import { endAlarm, openAlarm } from '../../db/log/alarm.ts';
import { cosignedCheckpoint, countLog, publishedCheckpoint } from '../../db/log/published.ts';
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
