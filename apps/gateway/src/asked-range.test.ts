import { describe, expect, it } from 'vitest';
import { askedRange } from './asked-range.ts';

const file = { sizeBytes: 10, etag: '"a"' };

describe('a range', () => {
  it.each([
    ['bytes=0-3', { start: 0, end: 3 }],
    ['bytes=4-', { start: 4, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-99', { start: 0, end: 9 }],
    ['bytes=0-99', { start: 0, end: 9 }],
    ['bytes=9-9', { start: 9, end: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', null],
    ['bytes=-', null],
    ['bytes=0-1,3-4', null],
    ['lines=0-1', null],
    ['bytes=a-b', null],
    [undefined, null],
  ] as const)('of %s is %j', (range, expected) => {
    expect(askedRange({ range }, file)).toEqual(expected);
  });

  it('of a file that the client has in another version is the whole file', () => {
    expect(askedRange({ range: 'bytes=0-3', 'if-range': '"b"' }, file)).toBeNull();
    expect(askedRange({ range: 'bytes=0-3', 'if-range': '"a"' }, file)).toEqual({ start: 0, end: 3 });
  });

  it('never leaves the file', () => {
    const some = Array.from({ length: 7 }, (_, index) => index);
    for (const sizeBytes of some) {
      for (const first of some) {
        for (const last of some) {
          const found = askedRange({ range: `bytes=${first}-${last}` }, { sizeBytes, etag: undefined });
          if (found === null || found === 'unsatisfiable') continue;
          expect(found.start).toBeLessThanOrEqual(found.end);
          expect(found.end).toBeLessThan(sizeBytes);
        }
      }
    }
  });
});
