import { raiseAlarm } from '../../db/log/alarm.ts';
import { keepCosignature, keptRoot } from '../../db/log/published.ts';
import { latestCheckpoint } from '../../db/log/tree.ts';
import { type OpenedCheckpoint, openCheckpoint } from '../../evidence/verify/checkpoint.ts';
import {
  formatSignatureLine,
  type NoteKey,
  parseVerifierKey,
  Unverified,
} from '../../evidence/verify/note.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem, PROBLEMS } from '../problem.ts';
import { createRoute, type Routes } from '../route.ts';
import { cosignatureAnswer, cosignatureBody } from '../schemas/log.ts';

/** A witness has looked at a checkpoint, compared it with every one that it saw before, and signs it too. */
export function addLogCosignatures(routes: Routes, deps: ApiDeps): void {
  const route = createRoute(routes);
  const log = parseVerifierKey(deps.settings.log.verifierKey);
  const witnesses = deps.settings.log.witnesses.map(parseVerifierKey);

  route(
    'post',
    '/log/v1/cosignatures',
    {
      summary: "A witness's signature over a checkpoint",
      tags: ['transparency log'],
      problems: ['forbidden', 'not-found', 'version-conflict'],
    },
    { body: cosignatureBody, answers: { 200: cosignatureAnswer, 201: cosignatureAnswer } },
  )(async ({ body: { checkpoint: note } }) => {
    const checkpoint = open(note, log, witnesses);
    const { size, cosignatures } = checkpoint;
    if (cosignatures.length === 0)
      throw new HttpProblem('forbidden', 'None of the witnesses known here has signed this.');
    await compare(deps, checkpoint, note);
    const results = await Promise.all(
      cosignatures.map((line) =>
        keepCosignature(deps.db.pool, { ...line, size, line: formatSignatureLine(line) }),
      ),
    );
    if (results.includes('gone')) throw notKept();
    const body = { treeSize: size, witnesses: cosignatures.map(({ name }) => name) };
    return { status: results.includes('kept') ? 201 : 200, body };
  });
}

const notKept = () => new HttpProblem('not-found', 'No such checkpoint is kept; sign the present one.');

/** Throws `validation-failed` for what is no checkpoint, `forbidden` for signatures that are not right. */
function open(note: string, log: NoteKey, witnesses: readonly NoteKey[]): OpenedCheckpoint {
  try {
    return openCheckpoint(note, log, witnesses);
  } catch (error) {
    if (!(error instanceof Unverified)) throw error;
    if (error.code !== 'malformed') throw new HttpProblem('forbidden', `${error.message}.`);
    throw new HttpProblem('validation-failed', PROBLEMS['validation-failed'].remedy, {
      errors: [{ pointer: '/checkpoint', code: 'invalid-value', detail: 'This is no signed checkpoint.' }],
    });
  }
}

/**
 * With our own valid signature on it, a checkpoint that the database does not have is proof that the database was set back
 * or rewritten, both copies alike: this is what witnesses are for.
 */
async function compare(
  { db: { pool }, log }: ApiDeps,
  { size, root }: OpenedCheckpoint,
  contradiction: string,
): Promise<void> {
  const latest = (await latestCheckpoint(pool))?.size ?? 0;
  const kept = await keptRoot(pool, size);
  if (size <= latest && !kept) throw notKept();
  if (kept?.equals(root)) return;
  const kind = size > latest ? 'rolled-back' : 'forked';
  const detail = `a witness holds a checkpoint of ${size} leaves, signed here, that the database does not have`;
  if (await raiseAlarm(pool, { kind, detail, contradiction }))
    log.error({ kind, detail }, 'ALARM: the transparency log does not hold together');
  throw new HttpProblem(
    'version-conflict',
    'This is not the checkpoint that is kept here. Operators are told.',
  );
}
