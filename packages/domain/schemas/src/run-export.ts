import { z } from 'zod';
import { artifactSchema, jobStatusSchema } from './run.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** One file of an export, or one that should be there. */
const exportEntrySchema = z.object({
  name: z.string(),
  media_type: z.string(),
  /** Where its bytes come from. */
  source: z.string(),
  /** `broken`: its bytes are there, but not all of them or not the recorded ones. `missing`: there is no such file. */
  status: z.enum(['kept', 'broken', 'missing']),
  /** Of the bytes in the archive; null when there are none. */
  size_bytes: z.int().nullable(),
  sha256: sha256.nullable(),
  /** What the record of the run says, where it says something. */
  recorded: z.object({ size_bytes: z.int(), sha256 }).optional(),
  reason: z.string().optional(),
});
export type ExportEntry = z.infer<typeof exportEntrySchema>;

/** `manifest.json`, the last file of an export: what it holds, and what it lacks. */
export const exportManifestSchema = z.object({
  format: z.literal('spectra-run-export/1'),
  run_id: z.string(),
  process: z.string(),
  run_status: jobStatusSchema,
  recipe_hash: z.string(),
  calibration_ids: z.array(z.string()),
  exported_at: z.string(),
  exported_by: z.string(),
  /** Parts of `results.json` that could not be read. */
  incomplete: z.array(z.object({ part: z.string(), reason: z.string() })),
  /** True when every file is there and is what was recorded. */
  complete: z.boolean(),
  files: z.array(exportEntrySchema),
});
export type ExportManifest = z.infer<typeof exportManifestSchema>;

/** `run.export`: a run with everything that is kept of it, as one ZIP file of the job. */
export const runExportParamsSchema = z.strictObject({ run_id: z.string().min(1).max(64) });
export const runExportResultSchema = z.object({
  run_id: z.string(),
  complete: z.boolean(),
  faults: z.int(),
  files: z.int(),
  manifest_sha256: sha256,
  artifact: artifactSchema,
});
