/** Lines out of a stream: the same ones wherever the chunks were cut. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Line, splitLines } from '../../api/broker/manifests/split-lines.ts';

const MAX = 40;

async function lines(chunks: Uint8Array[]): Promise<[number, string | null][]> {
  const found: Line[] = [];
  for await (const line of splitLines(chunks, MAX)) found.push(line);
  return found.map(({ line, bytes }) => [line, bytes === null ? null : bytes.toString('utf8')]);
}

const of = (text: string) => lines([Buffer.from(text)]);

/** What the splitter promises, in the plainest way. */
function expected(text: string): [number, string | null][] {
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line, i): [number, string] => [i + 1, line.replace(/\r$/, '')])
    .filter(([, line]) => !/^[ \t\r]*$/.test(line))
    .map(([i, line]) => [i, Buffer.byteLength(line) > MAX ? null : line]);
}

describe('lines of a stream', () => {
  test('are the same wherever its chunks are cut, and whatever ends them', async () => {
    const piece = fc.oneof(
      fc.constantFrom('\n', '\r\n', '\n\n', ' ', '\t', '\r', '{"a":1}', '王小明', '\ufeff'),
      fc.string({ maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 30 }),
        fc.array(fc.nat(400), { maxLength: 12 }),
        async (pieces, cuts) => {
          // Lone surrogates are no UTF-8: what comes back would differ by them alone.
          const text = Buffer.from(pieces.join('')).toString('utf8');
          const bytes = Buffer.from(text);
          const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
            (a, b) => a - b,
          );
          const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
          expect(await lines(chunks)).toEqual(expected(text));
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ['none', '', []],
    ['white space alone', ' \n\t\r\n', []],
    [
      'a last one without its end',
      'a\nb',
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    [
      'blank ones are counted, not told',
      'a\n\n\nb\n',
      [
        [1, 'a'],
        [4, 'b'],
      ],
    ],
    [
      'CRLF',
      'a\r\nb\r\n',
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    ['a byte order mark', '\ufeffa\n', [[1, 'a']]],
    ['one as long as may be', `${'x'.repeat(MAX)}\r\n`, [[1, 'x'.repeat(MAX)]]],
    [
      'one longer',
      `${'x'.repeat(MAX + 1)}\nb`,
      [
        [1, null],
        [2, 'b'],
      ],
    ],
  ])('%s', async (_, text, result) => {
    expect(await of(text)).toEqual(result);
  });

  test('hold nothing of a line that is too long', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    async function* long() {
      for (let i = 0; i < 512; i++) yield chunk;
    }
    const before = process.memoryUsage().arrayBuffers;
    const found: Line[] = [];
    for await (const line of splitLines(long(), MAX)) found.push(line);
    expect(found).toEqual([{ line: 1, bytes: null }]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });
});
