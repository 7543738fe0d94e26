/** That the receipt is in the log, and in which. */
import { logEntry, SALT_BYTES } from '../../domain/log-entry.ts';
import { PACK_FILE } from '../../domain/pack.ts';
import { base64urlBytes } from './base64url.ts';
import { type OpenedCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { Failure, same } from './failure.ts';
import { leafSchema, type PackFiles } from './files.ts';
import { parseLogProof, verifyLogProof } from './log-proof.ts';
import { leafHash, verifyInclusion } from './merkle.ts';
import { parseNote, Unverified } from './note.ts';
import type { TrustRoots } from './trust.ts';

/** The entry is the receipt's, with the salt that is told here. Throws `Failure`. */
export function checkEntry(files: PackFiles): string {
  const { entry } = files.json(PACK_FILE.leaf, leafSchema);
  same("the log's entry", entry, entryOf(files).toString('hex'));
  return entry;
}

function entryOf(files: PackFiles): Buffer {
  const salt = base64urlBytes(files.json(PACK_FILE.leaf, leafSchema).salt);
  if (salt?.length !== SALT_BYTES) throw new Failure('the salt of the entry has not its form');
  return Buffer.from(logEntry(salt, files.text(PACK_FILE.receipt)));
}

/** The entry is in the tree of a checkpoint that is trusted: by the log's key, or for itself. Throws `Failure`. */
export function checkInclusion(files: PackFiles, trust: TrustRoots): string {
  const proof = files.text(PACK_FILE.proof);
  const entry = entryOf(files);
  return told(() => {
    if (trust.log) {
      const proved = verifyLogProof(proof, entry, trust.log);
      if (trust.checkpoint) requireSame(proved, trust.checkpoint);
      return `entry ${proved.leafIndex} of ${proved.size} in ${proved.origin}`;
    }
    if (!trust.checkpoint) throw new Failure('no log is trusted');
    const { leafIndex, proof: path, checkpoint } = parseLogProof(proof);
    const claimed = parseCheckpoint(parseNote(checkpoint).text);
    requireSame(claimed, trust.checkpoint);
    const { size, root } = trust.checkpoint;
    if (!verifyInclusion({ leafIndex, treeSize: size, leaf: leafHash(entry), root, proof: path }))
      throw new Failure(`the entry is not number ${leafIndex} under this checkpoint`);
    return `entry ${leafIndex} of ${size} in ${claimed.origin}`;
  });
}

type Head = Pick<OpenedCheckpoint, 'origin' | 'size' | 'root'>;

function requireSame(found: Head, trusted: Head): void {
  same("the checkpoint's log", found.origin, trusted.origin);
  if (found.size !== trusted.size)
    throw new Failure(
      `the pack is proved against the checkpoint of size ${found.size}, yours is of size ${trusted.size}: ask the log for that one`,
    );
  if (!found.root.equals(trusted.root))
    throw new Failure(`the log shows two different trees of size ${found.size}: it was forked`);
}

/** Every witness asked for cosigned the pack's checkpoint. Throws `Failure`. */
export function checkWitnesses(files: PackFiles, { log, witnesses }: TrustRoots): string {
  if (!log) throw new Failure("the log's key is needed to tell what a witness signed");
  return told(() => {
    const { cosignatures } = verifyLogProof(files.text(PACK_FILE.proof), entryOf(files), log, witnesses);
    for (const { name } of witnesses)
      if (!cosignatures.some((cosignature) => cosignature.name === name))
        throw new Failure(`${name} has not cosigned this checkpoint`);
    return cosignatures
      .map(({ name, time }) => `${name} at ${new Date(time * 1000).toISOString()}`)
      .join(', ');
  });
}

/** What the log's own verification minds, as a failure of the check. */
function told(work: () => string): string {
  try {
    return work();
  } catch (error) {
    throw error instanceof Unverified ? new Failure(error.message) : error;
  }
}
