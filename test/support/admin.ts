/** `npm run admin` as an operator types it. */
import { admin as run } from '../../scripts/admin/main.ts';

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** As `scripts/admin.ts` calls it, with nothing in the environment but what is given. */
export async function admin(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ran> {
  const ran: Ran = { code: null, out: '', err: '' };
  ran.code = await run(args, {
    env,
    print: (line) => {
      ran.out += `${line}\n`;
    },
    printError: (line) => {
      ran.err += `${line}\n`;
    },
  });
  return ran;
}
