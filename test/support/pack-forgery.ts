/** What forgers do to a pack: with files of their own, with the list of files made anew, and sealed anew by an insider. */
import { createHash } from 'node:crypto';
import { jcs } from '../../domain/canonical.ts';
import { type Manifest, PACK_FILE, PACK_TYP } from '../../domain/pack.ts';
import type { Sealer } from '../../evidence/receipt.ts';
import type { VerificationReport } from '../../evidence/verify/verify-pack.ts';
import { unzip, type ZipEntry, zip } from '../../evidence/verify/zip.ts';

export const entriesOf = (pack: Uint8Array): ZipEntry[] => unzip(pack).entries;

export const fileOf = (pack: Uint8Array, name: string): Buffer =>
  Buffer.from(entriesOf(pack).find((entry) => entry.name === name)?.bytes ?? []);

/** The same pack with other contents of some files; null takes a file out. The container is as it should be. */
export const withFiles = (pack: Uint8Array, changes: Record<string, Uint8Array | string | null>): Buffer =>
  zip(
    entriesOf(pack).flatMap(({ name, bytes }) => {
      const changed = name in changes ? changes[name] : bytes;
      return changed === null || changed === undefined ? [] : [{ name, bytes: Buffer.from(changed) }];
    }),
  );

/** What a forger does who knows the format: the manifest lists what is there. Its seal is no more of it. */
export function relisted(pack: Uint8Array, words: Partial<Manifest> = {}): Buffer {
  const entries = entriesOf(pack).filter(
    ({ name }) => name !== PACK_FILE.manifest && name !== PACK_FILE.seal,
  );
  const manifest = JSON.parse(fileOf(pack, PACK_FILE.manifest).toString()) as Manifest;
  const files = entries.map(({ name, bytes }) => ({
    name,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }));
  return withFiles(pack, { [PACK_FILE.manifest]: jcs({ ...manifest, ...words, files }) });
}

/** What an insider does who holds the key of seals. */
export async function resealed(
  pack: Uint8Array,
  sealer: Sealer,
  words: Partial<Manifest> = {},
): Promise<Buffer> {
  const listed = relisted(pack, words);
  const [header, , signature] = (await sealer.sign(PACK_TYP, fileOf(listed, PACK_FILE.manifest))).split('.');
  return withFiles(listed, { [PACK_FILE.seal]: `${header}..${signature}` });
}

/** The checks that failed. */
export const failed = ({ checks }: VerificationReport): string[] =>
  checks.filter(({ result }) => result === 'failed').map(({ id }) => id);

/** One byte is another. */
export function flipped(bytes: Uint8Array, at: number, bit = 0): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}
