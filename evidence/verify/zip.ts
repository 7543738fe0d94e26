/**
 * The container of an evidence pack: a ZIP in its one plainest form (PKWARE APPNOTE 6.3.10), so that a pack has one encoding and
 * no byte of it can be changed without being noticed. Every entry is stored as it is, dated 1980-01-01, without extra
 * fields, comments or data descriptors: nothing is there to unpack to more than was sent.
 */
export interface ZipEntry {
  name: string;
  bytes: Uint8Array;
}

/** A pack is some hundred kB. */
export const PACK_MAX_BYTES = 32 * 1024 * 1024;
const MOST_ENTRIES = 64;
/** Relative, lower-case folders, no dots but before an ending: safe to unpack anywhere. */
const NAME = /^(?:[a-z][a-z-]*\/)?[A-Za-z][A-Za-z-]*\.[a-z]+$/;

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
/** Stored needs version 1.0 to extract. */
const VERSION = 10;
/** Made on Unix, so that the permissions below count. */
const MADE_BY = (3 << 8) | VERSION;
/** A regular file, rw-r--r--. */
const ATTRIBUTES = 0o100644 << 16;
/** 1980-01-01 in MS-DOS format: the first day that it has. */
const DOS_DATE = (1 << 5) | 1;

/** The bytes are no pack's container, or none that can be read. */
export class BadContainer extends Error {
  override readonly name = 'BadContainer';
}

/** The archive, piece by piece. */
export function* zipChunks(entries: readonly ZipEntry[]): Generator<Buffer> {
  const archive = newArchive();
  for (const entry of entries) yield* archive.add(entry);
  yield* archive.end();
}

/** The same of entries that come one by one: none is kept. */
export async function* zipStream(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Buffer> {
  const archive = newArchive();
  for await (const entry of entries) yield* archive.add(entry);
  yield* archive.end();
}

function newArchive() {
  const central: Buffer[] = [];
  let offset = 0;
  return {
    add(entry: ZipEntry): Buffer[] {
      const name = Buffer.from(entry.name, 'ascii');
      const shared = sharedFields(entry, name);
      const local = Buffer.concat([uint32(LOCAL), uint16(VERSION), shared, name]);
      central.push(
        Buffer.concat([
          uint32(CENTRAL),
          uint16(MADE_BY),
          uint16(VERSION),
          shared,
          // No comment, disk 0, no internal attributes.
          Buffer.alloc(6),
          uint32(ATTRIBUTES),
          uint32(offset),
          name,
        ]),
      );
      offset += local.length + entry.bytes.length;
      return [local, Buffer.from(entry.bytes)];
    },
    end(): Buffer[] {
      const directory = Buffer.concat(central);
      const count = uint16(central.length);
      const sizes = [uint32(directory.length), uint32(offset)];
      return [directory, Buffer.concat([uint32(END), Buffer.alloc(4), count, count, ...sizes, uint16(0)])];
    },
  };
}

export const zip = (entries: readonly ZipEntry[]): Buffer => Buffer.concat([...zipChunks(entries)]);

/** Flags, method (stored), time, date, CRC, sizes, lengths of name and extra field. */
const sharedFields = ({ bytes }: ZipEntry, name: Buffer): Buffer =>
  Buffer.concat([
    Buffer.alloc(6),
    uint16(DOS_DATE),
    uint32(crc32(bytes)),
    uint32(bytes.length),
    uint32(bytes.length),
    uint16(name.length),
    uint16(0),
  ]);

/**
 * Reads an archive of this form. Throws `BadContainer` when it cannot be read at all. `flaw`: what differs from the one
 * form; its entries are as they are all the same, so that what is wrong in them can be told, too.
 */
export function unzip(bytes: Uint8Array): { entries: ZipEntry[]; flaw: string | null } {
  if (bytes.length > PACK_MAX_BYTES) throw new BadContainer(`larger than ${PACK_MAX_BYTES} bytes`);
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = archive.length - END_BYTES;
  if (end < 0 || archive.readUInt32LE(end) !== END) throw new BadContainer('no end of central directory');
  const count = archive.readUInt16LE(end + 10);
  if (count > MOST_ENTRIES) throw new BadContainer(`more than ${MOST_ENTRIES} entries`);
  const entries: ZipEntry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    const { entry, next } = readEntry(archive, at);
    if (entries.some(({ name }) => name === entry.name)) throw new BadContainer(`${entry.name} twice`);
    entries.push(entry);
    at = next;
  }
  return { entries, flaw: flawOf(archive, entries) };
}

function readEntry(archive: Buffer, at: number): { entry: ZipEntry; next: number } {
  if (at + CENTRAL_BYTES > archive.length || archive.readUInt32LE(at) !== CENTRAL)
    throw new BadContainer('the central directory is damaged');
  const size = archive.readUInt32LE(at + 20);
  const nameLength = archive.readUInt16LE(at + 28);
  const offset = archive.readUInt32LE(at + 42);
  const name = archive.toString('latin1', at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameLength);
  if (!NAME.test(name)) throw new BadContainer('an entry has a name that is no pack file');
  const begin = offset + LOCAL_BYTES + nameLength;
  if (begin + size > archive.length) throw new BadContainer(`${name} reaches beyond the end`);
  return {
    entry: { name, bytes: archive.subarray(begin, begin + size) },
    next: at + CENTRAL_BYTES + nameLength,
  };
}

/** What these entries make is what was read; else where it first differs. */
function flawOf(archive: Buffer, entries: readonly ZipEntry[]): string | null {
  let at = 0;
  for (const chunk of zipChunks(entries)) {
    if (!chunk.equals(archive.subarray(at, at + chunk.length))) {
      const within = chunk.findIndex((byte, i) => byte !== archive[at + i]);
      return `byte ${at + within} is not as Consentry writes it`;
    }
    at += chunk.length;
  }
  return at === archive.length ? null : 'there is more in it than its entries';
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

/** CRC-32 of one byte, for each (APPNOTE 4.4.7; reflected polynomial 0xedb88320). */
const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ (CRC[(value ^ byte) & 0xff] ?? 0);
  return ~value >>> 0;
}
