/** Proof that a receipt is in the log, as one text that verifies offline (C2SP tlog-proof). */
import { type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts';
import { leafHash, verifyInclusion } from './merkle.ts';
import { bytesOf, type NoteKey, Unverified } from './note.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';

export interface LogProof {
  leafIndex: number;
  /** From the leaf's sibling up. */
  proof: readonly Buffer[];
  /** Signed checkpoint, as the log gave it. */
  checkpoint: string;
}

export const formatLogProof = ({ leafIndex, proof, checkpoint }: LogProof): string =>
  [HEADER, `index ${leafIndex}`, ...proof.map((hash) => hash.toString('base64')), '', checkpoint].join('\n');

/** Reads a proof's text. Throws `Unverified` (`malformed`). */
export function parseLogProof(text: string): LogProof {
  const malformed = new Unverified('malformed', 'this is no proof of inclusion');
  const split = text.indexOf('\n\n');
  const [header, ...lines] = text.slice(0, Math.max(split, 0)).split('\n');
  if (header !== HEADER) throw malformed;
  if (lines[0]?.startsWith('extra ')) lines.shift();
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '')?.[1];
  if (index === undefined) throw malformed;
  const proof = lines.map((line) => {
    const hash = bytesOf(line);
    if (!hash) throw malformed;
    return hash;
  });
  return { leafIndex: Number(index), proof, checkpoint: text.slice(split + 2) };
}

/**
 * Verifies that the entry is in the log. Throws `Unverified`.
 * Returns the checkpoint that it was proved against, with the cosignatures of the given witnesses.
 */
export function verifyLogProof(
  text: string,
  entry: Uint8Array,
  log: NoteKey,
  witnesses: readonly NoteKey[] = [],
): OpenedCheckpoint & { leafIndex: number } {
  const { leafIndex, proof, checkpoint } = parseLogProof(text);
  const opened = openCheckpoint(checkpoint, log, witnesses);
  const { size, root } = opened;
  if (!verifyInclusion({ leafIndex, treeSize: size, leaf: leafHash(entry), root, proof }))
    throw new Unverified('not-included', `the entry is not number ${leafIndex} of this log`);
  return { ...opened, leafIndex };
}
