import type { ToolResult } from '@spectra/schemas';
import type { NewColumn } from './sent-columns.ts';

/** The columns of a job in which the result of its tool stands; all null while there is none. */
export const resultColumns: readonly NewColumn<ToolResult | null>[] = [
  { name: 'result_encoding', type: 'text', of: (result) => result?.encoding ?? null },
  { name: 'result', type: 'text', of: jsonOf, write: (text) => `${text}::jsonb` },
  {
    name: 'result_gzip',
    type: 'text',
    of: (result) => (result?.encoding === 'gzip' ? result.base64 : null),
    write: (text) => `decode(${text}, 'base64')`,
  },
  { name: 'result_bytes', type: 'bigint', of: sizeOf },
];

function jsonOf(result: ToolResult | null): string | null {
  // A value that JSON does not know is kept as null.
  return result?.encoding === 'json' ? (JSON.stringify(result.value) ?? 'null') : null;
}

function sizeOf(result: ToolResult | null): number | null {
  return result === null || result.encoding === 'json' ? null : result.size_bytes;
}
