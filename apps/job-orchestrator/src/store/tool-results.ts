import { runPrepared, type Transaction } from '@spectra/database';
import type { ToolResult } from '@spectra/schemas';

const statement = {
  name: 'save-tool-results',
  text: `
    update tool_calls c set
      result_encoding = r.encoding, result = r.value::jsonb, result_gzip = decode(r.gzip, 'base64'),
      result_bytes = r.size_bytes
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[])
      as r(job_id, encoding, value, gzip, size_bytes)
    where c.job_id = r.job_id`,
};

/** Keeps the results of tools beside their jobs. */
export async function saveToolResults(
  tx: Transaction,
  results: readonly { jobId: string; result: ToolResult }[],
): Promise<void> {
  if (results.length === 0) return;
  const all = results.map(({ result }) => result);
  await runPrepared(tx, statement, [
    results.map(({ jobId }) => jobId),
    all.map((result) => result.encoding),
    // A value that JSON does not know is kept as null.
    all.map((result) => (result.encoding === 'json' ? (JSON.stringify(result.value) ?? 'null') : null)),
    all.map((result) => (result.encoding === 'gzip' ? result.base64 : null)),
    all.map((result) => (result.encoding === 'json' ? null : result.size_bytes)),
  ]);
}
