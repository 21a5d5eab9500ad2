/**
 * The part of a file that a request asks for (RFC 9110, 14): bytes `start` to `end`, both included; null for the whole
 * file, also where the header means nothing to us: another unit, several ranges, or a file that has changed (`If-Range`).
 */
export function askedRange(
  headers: { range?: string | undefined; 'if-range'?: string | string[] | undefined },
  file: { sizeBytes: number; etag: string | undefined },
): { start: number; end: number } | 'unsatisfiable' | null {
  const ifRange = headers['if-range'];
  if (ifRange !== undefined && ifRange !== file.etag) return null;
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? [];
  if (first === '' && last === '') return null;
  const { sizeBytes } = file;
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, end: sizeBytes - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return null;
  if (start >= sizeBytes) return 'unsatisfiable';
  return { start, end: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}
