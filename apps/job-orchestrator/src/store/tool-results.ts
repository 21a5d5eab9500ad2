import type { Transaction } from '@spectra/database';
import type { ToolResult } from '@spectra/schemas';
import { sql } from 'drizzle-orm';

/** Keeps the results of tools beside their jobs. */
export async function saveToolResults(
  tx: Transaction,
  results: readonly { jobId: string; result: ToolResult }[],
): Promise<void> {
  if (results.length === 0) return;
  const rows = results.map(({ jobId, result }) => ({
    job_id: jobId,
    encoding: result.encoding,
    value: result.encoding === 'json' ? result.value : null,
    gzip: result.encoding === 'gzip' ? result.base64 : null,
    size_bytes: result.encoding === 'json' ? null : result.size_bytes,
  }));
  await tx.execute(sql`
    update tool_calls c set
      result_encoding = r.encoding, result = r.value, result_gzip = decode(r.gzip, 'base64'),
      result_bytes = r.size_bytes
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r(job_id uuid, encoding text, value jsonb, gzip text, size_bytes bigint)
    where c.job_id = r.job_id`);
}
