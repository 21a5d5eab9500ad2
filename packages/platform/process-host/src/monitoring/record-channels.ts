import { and, asc, count, eq, sql } from 'drizzle-orm';
import { detectFault, learnDetection, LEARNT_WAFERS_MIN } from '@spectra/spc';
import type { Detection } from '@spectra/spc';
import { waferFeatures } from '@spectra/run-engine';
import type { ActiveAlarm, ProcessDefinition, ProcessTypes, RunTelemetry } from '@spectra/run-engine';
import type { RunSpec } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import { fdcModels, fdcWafers } from '../monitoring-tables.ts';
import type { DetectionModelRow } from '../monitoring-tables.ts';
import type { ChartVerdict } from './record-points.ts';

type Recorded<T extends ProcessTypes> = {
  definition: Pick<ProcessDefinition<T>, 'monitoring'>;
  spec: RunSpec;
  family: string;
  recordedAt: Date;
  telemetry: RunTelemetry;
  /** Nothing else spoke against the run. */
  good: boolean;
};

/** A learning model that called at most this share of so many good wafers faulty becomes active by itself. */
const TRIAL_WAFERS = 10;
const TRIAL_FAULTY_SHARE = 0.1;

/**
 * Stores what the channels of each wafer did, judged by the model of its tool and family. A model is learnt as soon as
 * there are enough good wafers, scores silently for a while, and alarms once it has shown that it leaves good wafers
 * alone; one that has not is learnt anew from more wafers.
 */
export async function recordChannels<T extends ProcessTypes>(
  tx: Transaction,
  run: Recorded<T>,
): Promise<ChartVerdict['alarms']> {
  const { spec, definition, telemetry } = run;
  const scope = { orgId: spec.org_id, equipmentId: spec.equipment_id, family: run.family };
  const model = await modelInUse(tx, scope);
  const judged = spec.wafers.flatMap((wafer, index) => {
    const features = waferFeatures(definition.monitoring.features, telemetry, index);
    if (features === null) return [];
    return [{ wafer, index, features, found: model && detectFault(model.model, features) }];
  });
  if (judged.length === 0) return [];
  const added = await tx
    .insert(fdcWafers)
    .values(
      judged.map(({ wafer, index, features, found }) => ({
        org_id: spec.org_id,
        run_id: spec.run_id,
        wafer_index: index,
        wafer_id: wafer.wafer_id,
        equipment_id: spec.equipment_id,
        family: run.family,
        features,
        // A wafer that a trusted model calls faulty is not learnt from.
        good: run.good && !(model?.stage === 'active' && found?.faulty === true),
        model_id: found ? (model?.model_id ?? null) : null,
        score: found,
        faulty: found?.faulty ?? null,
        recorded_at: run.recordedAt,
      })),
    )
    .onConflictDoNothing()
    .returning({ wafer_index: fdcWafers.wafer_index });
  // Recorded before: the model has moved on since, and what it says now is no news.
  if (added.length > 0) await moveOn(tx, scope, { model, at: run.recordedAt });
  if (model?.stage !== 'active') return [];
  const worst = judged.findLast(({ found }) => found?.faulty === true);
  if (worst?.found) {
    return [{ alarm: channelsAlarm(model, worst.wafer.wafer_id, worst.found), state: 'raised' }];
  }
  return (await wasFaulty(tx, scope, spec.run_id)) ? [{ alarm: calm(model), state: 'cleared' }] : [];
}

type Scope = { orgId: string; equipmentId: string; family: string };

/** The active model of a tool and family, else the one that learns; null before there is any. */
async function modelInUse(tx: Transaction, scope: Scope): Promise<DetectionModelRow | null> {
  const [row] = await tx
    .select()
    .from(fdcModels)
    .where(and(ofModels(scope), sql`stage in ('active', 'learning')`))
    .orderBy(sql`stage = 'active' desc`, sql`version desc`)
    .limit(1);
  return row ?? null;
}

/** Learns a first model, lets a learning one pass its trial, or learns it anew. */
async function moveOn(
  tx: Transaction,
  scope: Scope,
  { model, at }: { model: DetectionModelRow | null; at: Date },
): Promise<void> {
  if (model?.stage === 'active') return;
  if (model === null) {
    await learnModel(tx, scope, { by: 'system', at });
    return;
  }
  const [trial] = await tx
    .select({ wafers: count(), faulty: sql<number>`count(*) filter (where faulty)::int` })
    .from(fdcWafers)
    .where(
      and(
        eq(fdcWafers.org_id, scope.orgId),
        eq(fdcWafers.model_id, model.model_id),
        eq(fdcWafers.good, true),
      ),
    );
  if (trial === undefined || trial.wafers < TRIAL_WAFERS) return;
  const passed = trial.faulty <= TRIAL_FAULTY_SHARE * trial.wafers;
  const change = { stage_changed_by: 'system', stage_changed_at: at };
  await tx
    .update(fdcModels)
    .set({ stage: passed ? 'active' : 'retired', ...change })
    .where(and(eq(fdcModels.org_id, scope.orgId), eq(fdcModels.model_id, model.model_id)));
  if (!passed) await learnModel(tx, scope, { by: 'system', at });
}

/** Learning takes some hundredths of a second on the thread that drives the runs; more wafers would take longer. */
const learntFromMax = 100;

/** Learns the next version from the newest good wafers; null while there are too few. */
export async function learnModel(
  tx: Transaction,
  scope: Scope,
  { by, at }: { by: string; at: Date },
): Promise<DetectionModelRow | null> {
  const wafers = await tx
    .select()
    .from(fdcWafers)
    .where(
      and(
        eq(fdcWafers.org_id, scope.orgId),
        eq(fdcWafers.equipment_id, scope.equipmentId),
        eq(fdcWafers.family, scope.family),
        eq(fdcWafers.good, true),
      ),
    )
    .orderBy(sql`recorded_at desc`, asc(fdcWafers.wafer_index))
    .limit(learntFromMax);
  const [newest, oldest] = [wafers[0], wafers.at(-1)];
  const features = Object.keys(newest?.features ?? {}).length;
  if (newest === undefined || oldest === undefined) return null;
  if (wafers.length < Math.max(LEARNT_WAFERS_MIN, 2 * features)) return null;
  const model = learnt(wafers.map((wafer) => wafer.features));
  if (model === null) return null;
  const [last] = await tx
    .select({ version: sql<number | null>`max(${fdcModels.version})` })
    .from(fdcModels)
    .where(ofModels(scope));
  const [row] = await tx
    .insert(fdcModels)
    .values({
      org_id: scope.orgId,
      equipment_id: scope.equipmentId,
      family: scope.family,
      version: (last?.version ?? 0) + 1,
      stage: 'learning',
      model,
      learnt_from: {
        wafers: wafers.length,
        first_run_id: oldest.run_id,
        last_run_id: newest.run_id,
        from: oldest.recorded_at.toISOString(),
        to: newest.recorded_at.toISOString(),
      },
      created_by: by,
      created_at: at,
      stage_changed_by: by,
      stage_changed_at: at,
    })
    .returning();
  return row ?? null;
}

/** Null when the features do not vary enough for a model. */
function learnt(wafers: readonly Record<string, number>[]) {
  try {
    return learnDetection(wafers);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The condition that chooses the models of a tool and family. */
export function ofModels({ orgId, equipmentId, family }: Scope) {
  return and(
    eq(fdcModels.org_id, orgId),
    eq(fdcModels.equipment_id, equipmentId),
    eq(fdcModels.family, family),
  );
}

async function wasFaulty(tx: Transaction, scope: Scope, runId: string): Promise<boolean> {
  const [last] = await tx
    .select({ faulty: fdcWafers.faulty })
    .from(fdcWafers)
    .where(
      and(
        eq(fdcWafers.org_id, scope.orgId),
        eq(fdcWafers.equipment_id, scope.equipmentId),
        eq(fdcWafers.family, scope.family),
        sql`run_id <> ${runId}`,
      ),
    )
    .orderBy(sql`recorded_at desc`, sql`wafer_index desc`)
    .limit(1);
  return last?.faulty === true;
}

/** Parts of a per cent, and the features that make up most of what is wrong. */
function channelsAlarm({ model }: DetectionModelRow, waferId: string, found: Detection): ActiveAlarm {
  const bySpe = found.spe / model.limits.spe >= found.t2 / model.limits.t2;
  const [statistic, value, limit] = bySpe
    ? (['SPE', found.spe, model.limits.spe] as const)
    : (['T²', found.t2, model.limits.t2] as const);
  const named = found.contributions
    .slice(0, 3)
    .map(({ feature, share }) => `${feature} ${Math.round(100 * share)} %`);
  return {
    id: 'fdc.channels',
    parameter: found.contributions[0]?.feature ?? 'channels',
    message: `The channels of wafer ${waferId} do not hang together (${statistic}): ${named.join(', ')}`,
    severity: 'warning',
    value,
    limit,
  };
}

function calm({ model }: DetectionModelRow): ActiveAlarm {
  return {
    id: 'fdc.channels',
    parameter: 'channels',
    message: 'The channels hang together again',
    severity: 'info',
    value: null,
    limit: model.limits.spe,
  };
}
