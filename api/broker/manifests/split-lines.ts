/** Lines out of a stream of bytes, with the memory of one line at most. */
import { MANIFEST_MAX_LINES_COUNTED } from '../../../domain/limits.ts';
import { Unfit } from './upload.ts';

export interface Line {
  /** From 1, as an editor counts; blank lines count too. */
  line: number;
  /** Without its end (LF or CRLF); null: longer than a line may be. */
  bytes: Buffer | null;
}

const LF = 0x0a;
const CR = 0x0d;
const BOM = Buffer.of(0xef, 0xbb, 0xbf);
const BLANK = /^[ \t\r]*$/;

/**
 * Every line that is not blank, wherever the chunks were cut. A byte order mark at the beginning is no part of the first
 * line; the last line needs no line end. Of a line longer than `maxBytes` nothing is kept. Throws `Unfit` for more
 * lines than an upload may have, blank ones counted.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Line> {
  const open = openLine(maxBytes);
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      open.add(chunk.subarray(from, end));
      from = end + 1;
      const line = open.end();
      if (line) yield line;
    }
    open.add(chunk.subarray(from));
  }
  const last = open.end();
  if (last) yield last;
}

/** The line that is being read. */
function openLine(maxBytes: number) {
  const limit = maxBytes + BOM.length + 1;
  let parts: Uint8Array[] = [];
  let size = 0;
  let line = 0;
  return {
    add(part: Uint8Array): void {
      size += part.length;
      if (size > limit) parts = [];
      // A copy: the chunk that it is cut out of may be large, and lives no longer than this.
      else if (part.length > 0) parts.push(Buffer.from(part));
    },
    /** The line as it stands; null where there is nothing on it. */
    end(): Line | null {
      line++;
      if (line > MANIFEST_MAX_LINES_COUNTED)
        throw new Unfit(`At most ${MANIFEST_MAX_LINES_COUNTED} lines, blank ones and all.`);
      const bytes = size > limit ? null : trimmed(Buffer.concat(parts), line === 1);
      parts = [];
      size = 0;
      if (bytes === null || bytes.length > maxBytes) return { line, bytes: null };
      return isBlank(bytes) ? null : { line, bytes };
    },
  };
}

function trimmed(bytes: Buffer, first: boolean): Buffer {
  const from = first && bytes.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
  const to = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
  return bytes.subarray(from, Math.max(from, to));
}

/** Lines of white space are short: none longer than this is looked through. */
const LONGEST_BLANK = 1_024;
const isBlank = (bytes: Buffer): boolean =>
  bytes.length <= LONGEST_BLANK && BLANK.test(bytes.toString('latin1'));
