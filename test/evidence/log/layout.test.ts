import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseTilePath,
  partialTiles,
  TILE_WIDTH,
  tilePath,
  tileWidth,
} from '../../../evidence/log/layout.ts';

describe('tiles', () => {
  it('of a tree of 70,000 are those that C2SP tlog-tiles counts', () => {
    const widths = partialTiles(70_000).map((id) => ({ ...id, width: tileWidth(70_000, id) }));
    expect(widths).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
    expect(tileWidth(70_000, { level: 0, index: 272 })).toBe(TILE_WIDTH);
    expect(tileWidth(70_000, { level: 0, index: 274 })).toBe(0);
    expect(partialTiles(256)).toEqual([{ level: 1, index: 0 }]);
    expect(partialTiles(0)).toEqual([]);
  });
});

describe('paths of tiles', () => {
  it('are those of C2SP tlog-tiles', () => {
    const whole = { kind: 'hashes', width: TILE_WIDTH } as const;
    expect(tilePath({ ...whole, level: 0, index: 1_234_067 })).toBe('0/x001/x234/067');
    expect(tilePath({ ...whole, level: 1, index: 0 })).toBe('1/000');
    expect(tilePath({ kind: 'entries', level: 0, index: 1000, width: 17 })).toBe('entries/x001/000.p/17');
  });

  it('read back as what they name', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('hashes' as const, 'entries' as const),
        fc.nat(63),
        fc.oneof(fc.nat(2000), fc.nat(2 ** 31)),
        fc.integer({ min: 1, max: TILE_WIDTH }),
        (kind, level, index, width) => {
          const request = { kind, level: kind === 'entries' ? 0 : level, index, width };
          expect(parseTilePath(tilePath(request))).toEqual(request);
        },
      ),
    );
  });

  it.each([
    '0',
    '0/0',
    '0/x000/001',
    '00/000',
    '64/000',
    '0/001/000',
    '0/x001/x000',
    '0/000.p/0',
    '0/000.p/256',
    '0/000.p/01',
    'entries',
    'entry/000',
    '0/000/',
    '0/000.p/1/',
  ])('are in one form: %s is none', (path) => {
    expect(parseTilePath(path)).toBe(null);
  });
});
