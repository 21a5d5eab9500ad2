import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { VmStage } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { metrology, vmModels, vmStageChanges, vmWafers } from '../prediction-tables.ts';
import type { ServiceContext } from '../service-context.ts';
import { raiseDriftAlarm } from './drift-alarm.ts';
import { advanceLineage, firstMemory } from './lineage.ts';
import type { LineageStep } from './lineage.ts';
import { measuredWafers } from './measured-wafers.ts';

export type ModelRow = typeof vmModels.$inferSelect;
type LineageKey = { orgId: string; family: string; parameter: string };

/** Who changes stages when no person does. */
const SYSTEM = 'system';

/**
 * Learns from what metrology told of these runs. Called after measurements are stored and after a run is recorded; it
 * may be called at any time and any number of times, and catches up with what an earlier call missed.
 */
export async function learnFromRuns<T extends ProcessTypes>(
  context: ServiceContext<T>,
  orgId: string,
  runIds: readonly string[],
): Promise<void> {
  for (const key of await affectedLineages(context, orgId, runIds)) {
    const step = await context.database.withOrg(orgId, (tx) => advance(tx, context, key));
    if (step.demoted) await raiseDriftAlarm(context, { ...key, ...step.demoted });
  }
}

async function affectedLineages<T extends ProcessTypes>(
  context: ServiceContext<T>,
  orgId: string,
  runIds: readonly string[],
): Promise<LineageKey[]> {
  const rows = await context.database.withOrg(orgId, (tx) =>
    tx
      .selectDistinct({ family: vmWafers.family, parameter: metrology.parameter })
      .from(metrology)
      .innerJoin(
        vmWafers,
        and(
          eq(vmWafers.org_id, metrology.org_id),
          eq(vmWafers.run_id, metrology.run_id),
          eq(vmWafers.wafer_id, metrology.wafer_id),
        ),
      )
      .where(
        and(
          eq(metrology.org_id, orgId),
          inArray(metrology.run_id, [...runIds]),
          inArray(metrology.parameter, [...context.definition.virtualMetrology.predicts]),
        ),
      ),
  );
  return rows.map((row) => ({ orgId, ...row }));
}

async function advance<T extends ProcessTypes>(
  tx: Transaction,
  context: ServiceContext<T>,
  key: LineageKey,
): Promise<LineageStep> {
  await lockLineage(tx, key);
  const rows = await modelsOf(tx, key);
  const active = rows.find((row) => row.stage === 'active') ?? null;
  const step = advanceLineage(
    { active: active?.model ?? null, memory: rows[0]?.watch ?? firstMemory },
    await measuredWafers(tx, key),
    context.definition.virtualMetrology.features,
  );
  if (active && step.demoted) {
    await changeStage(tx, active, { to: 'shadow', reason: step.demoted.reason, by: SYSTEM });
  }
  if (step.trained) {
    await addVersion(tx, { key, rows, trained: step.trained, memory: step.memory });
  } else if (rows[0]) {
    await tx.update(vmModels).set({ watch: step.memory }).where(isModel(rows[0]));
  }
  return step;
}

async function addVersion(
  tx: Transaction,
  made: {
    key: LineageKey;
    rows: readonly ModelRow[];
    trained: NonNullable<LineageStep['trained']>;
    memory: LineageStep['memory'];
  },
): Promise<void> {
  const { key, trained, memory } = made;
  const version = (made.rows[0]?.version ?? 0) + 1;
  for (const row of await modelsOf(tx, key)) {
    const superseded = row.stage === 'shadow' || (row.stage === 'active' && trained.stage === 'active');
    if (!superseded) continue;
    await changeStage(tx, row, { to: 'retired', reason: `version ${version} follows`, by: SYSTEM });
  }
  const [row] = await tx
    .insert(vmModels)
    .values({
      org_id: key.orgId,
      family: key.family,
      parameter: key.parameter,
      version,
      stage: trained.stage,
      model: trained.model,
      watch: memory,
      created_by: SYSTEM,
    })
    .returning();
  if (!row) throw new Error('the insert of a model returned no row');
  await tx.insert(vmStageChanges).values({
    org_id: key.orgId,
    model_id: row.model_id,
    to_stage: trained.stage,
    reason: trained.reason,
    changed_by: SYSTEM,
  });
}

/** One change at a time for a lineage, by whichever instance of the service. */
export async function lockLineage(tx: Transaction, { orgId, family, parameter }: LineageKey): Promise<void> {
  const name = `vm ${orgId} ${family} ${parameter}`;
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
}

/** All versions of a lineage, the newest first. */
export async function modelsOf(
  tx: Transaction,
  { orgId, family, parameter }: LineageKey,
): Promise<ModelRow[]> {
  return tx
    .select()
    .from(vmModels)
    .where(and(eq(vmModels.org_id, orgId), eq(vmModels.family, family), eq(vmModels.parameter, parameter)))
    .orderBy(desc(vmModels.version));
}

/** Moves a model to another stage and writes down who did it and why. */
export async function changeStage(
  tx: Transaction,
  row: ModelRow,
  change: { to: VmStage; reason: string; by: string },
): Promise<void> {
  await tx.update(vmModels).set({ stage: change.to }).where(isModel(row));
  await tx.insert(vmStageChanges).values({
    org_id: row.org_id,
    model_id: row.model_id,
    from_stage: row.stage,
    to_stage: change.to,
    reason: change.reason,
    changed_by: change.by,
  });
}

export function isModel(row: Pick<ModelRow, 'org_id' | 'model_id'>) {
  return and(eq(vmModels.org_id, row.org_id), eq(vmModels.model_id, row.model_id));
}
