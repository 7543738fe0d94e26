import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { BenchWorld } from './world.ts';

/** CPU time and memory of one program with its children. */
export interface Usage {
  cpuMs: number;
  rssMb: number;
}

/** Clock ticks per second of `/proc` (sysconf(_SC_CLK_TCK)). */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const PAGE_BYTES = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));

/** Whose programs are looked at. */
export interface Running {
  stack: Pick<BenchWorld['stack'], 'supervisor'>;
}

export function usageOf({ stack }: Running, name: string): Usage {
  const pid = stack.supervisor.pid(name);
  if (pid === undefined) return { cpuMs: 0, rssMb: 0 };
  const all = descendants(pid).flatMap(statOf);
  return {
    cpuMs: all.reduce((sum, { ticks }) => sum + (ticks * 1000) / TICKS, 0),
    rssMb: all.reduce((sum, { pages }) => sum + (pages * PAGE_BYTES) / 2 ** 20, 0),
  };
}

/** Of the parts that a POA passes through. */
export const PARTS = ['postgres', 'temporal', 'worker'] as const;
export const usage = (world: BenchWorld): Record<(typeof PARTS)[number], Usage> => ({
  postgres: usageOf(world, 'postgres'),
  temporal: usageOf(world, 'temporal'),
  worker: usageOf(world, 'worker'),
});

function descendants(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => statOf(Number(entry)).map(({ parent }) => ({ pid: Number(entry), parent })));
  const found = [pid];
  for (const one of found) found.push(...parents.filter((p) => p.parent === one).map((p) => p.pid));
  return found;
}

/** Fields of proc(5) `stat`, counted after the command's closing parenthesis; empty when the process is gone. */
function statOf(pid: number): { parent: number; ticks: number; pages: number }[] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const field = (index: number) => Number(fields[index] ?? 0);
    return [{ parent: field(1), ticks: field(11) + field(12), pages: field(21) }];
  } catch {
    return [];
  }
}

/** Transactions that Postgres has committed for the main database so far. */
export async function committed({ db }: BenchWorld): Promise<number> {
  const { rows } = await db.pool.query<{ count: string }>(
    'SELECT xact_commit AS count FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(rows[0]?.count ?? 0);
}
