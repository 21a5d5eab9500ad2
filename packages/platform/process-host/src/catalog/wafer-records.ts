import { and, desc, eq } from 'drizzle-orm';
import { accept, refuse } from '@spectra/schemas';
import type { Result, WaferRecord } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import type { Asked, ServiceContext } from '../service-context.ts';
import { waferRecords } from '../tables.ts';

/** What this process last did to a wafer, or what a certain run did (to a certain wafer of it). */
export async function getWaferRecord<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<{ wafer_id?: string | undefined; run_id?: string | undefined }>,
): Promise<Result<{ record: WaferRecord | null }>> {
  if (body.wafer_id === undefined && body.run_id === undefined) {
    return refuse('validation_failed', 'A wafer record is asked for by wafer_id, run_id or both');
  }
  const ofWafer = body.wafer_id === undefined ? undefined : eq(waferRecords.wafer_id, body.wafer_id);
  const ofRun = body.run_id === undefined ? undefined : eq(waferRecords.run_id, body.run_id);
  return context.database.withOrg(caller.orgId, async (tx) => {
    const [row] = await tx
      .select()
      .from(waferRecords)
      .where(and(ofWafer, ofRun))
      .orderBy(desc(waferRecords.recorded_at), waferRecords.wafer_id)
      .limit(1);
    if (!row) return accept({ record: null });
    const { run_id, wafer_id, outcome } = row;
    const recorded_at = row.recorded_at.toISOString();
    return accept({ record: { run_id, wafer_id, process: context.definition.id, outcome, recorded_at } });
  });
}

/** Stores the outcome of each wafer of a run; storing it again changes nothing. */
export async function recordWafers(
  tx: Transaction,
  run: { orgId: string; runId: string; recordedAt?: Date },
  wafers: readonly { waferId: string; outcome: Record<string, unknown> }[],
): Promise<void> {
  if (wafers.length === 0) return;
  await tx
    .insert(waferRecords)
    .values(
      wafers.map((wafer) => ({
        org_id: run.orgId,
        run_id: run.runId,
        wafer_id: wafer.waferId,
        outcome: wafer.outcome,
        ...(run.recordedAt && { recorded_at: run.recordedAt }),
      })),
    )
    .onConflictDoNothing();
}
