import { and, count, desc, eq, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { z } from 'zod';
import { accept, refuse } from '@spectra/schemas';
import type { DetectedWafer, DetectionModelRecord, Result, detectionRpc } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { Transaction } from '@spectra/database';
import { findEquipment } from '../catalog/find-equipment.ts';
import { fdcModels, fdcWafers } from '../monitoring-tables.ts';
import type { DetectionModelRow } from '../monitoring-tables.ts';
import { notFound } from '../service-context.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { learnModel, ofModels } from './record-channels.ts';

type Rpc = typeof detectionRpc;

/** Models of all versions and stages, the newest first. */
export async function listDetectionModels<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<Rpc['listModels']['request']>>,
): Promise<Result<{ items: DetectionModelRecord[]; total: number }>> {
  const wanted = and(
    eq(fdcModels.org_id, caller.orgId),
    body.equipment_id === undefined ? undefined : eq(fdcModels.equipment_id, body.equipment_id),
    body.family === undefined ? undefined : eq(fdcModels.family, body.family),
    body.stage === undefined ? undefined : eq(fdcModels.stage, body.stage),
  );
  return context.database.withOrg(caller.orgId, async (tx) => {
    const rows = await readModels(tx, wanted, body);
    const [counted] = await tx.select({ total: count() }).from(fdcModels).where(wanted);
    return accept({
      items: rows.map((row) => modelView(context.definition.id, row)),
      total: counted?.total ?? 0,
    });
  });
}

/** One model. */
export async function getDetectionModel<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<{ model_id: string }>,
): Promise<Result<DetectionModelRecord>> {
  return context.database.withOrg(caller.orgId, (tx) => oneModel(context, tx, caller.orgId, body.model_id));
}

/** Learns a model now, as the next version; it learns on until somebody or its trial makes it active. */
export async function learnDetectionModel<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<Rpc['learnModel']['request']>>,
): Promise<Result<DetectionModelRecord>> {
  const { orgId } = caller;
  return context.database.withOrg(orgId, async (tx) => {
    if (!(await findEquipment(tx, orgId, body.equipment_id))) {
      return notFound('equipment', body.equipment_id);
    }
    const scope = { orgId, equipmentId: body.equipment_id, family: body.family };
    const at = new Date(context.clock.nowMs());
    const learnt = await learnModel(tx, scope, { by: caller.userId, at });
    if (learnt === null) {
      const minimum = Math.max(25, 2 * context.definition.monitoring.features.length);
      const message = `fewer good wafers than a model needs were recorded on ${body.equipment_id}`;
      return refuse('validation_failed', `family: ${message}`, [
        { path: 'family', message, value: body.family, limit: { minimum } },
      ]);
    }
    return oneModel(context, tx, orgId, learnt.model_id);
  });
}

/** Makes a model active (the active one before is retired) or retires it. A retired model may come back. */
export async function setDetectionStage<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<Rpc['setStage']['request']>>,
): Promise<Result<DetectionModelRecord>> {
  const { orgId } = caller;
  return context.database.withOrg(orgId, async (tx) => {
    const [row] = await tx
      .select()
      .from(fdcModels)
      .where(and(eq(fdcModels.org_id, orgId), eq(fdcModels.model_id, body.model_id)))
      .for('update');
    if (row === undefined) return notFound('model', body.model_id);
    if (row.stage === body.stage) return refuse('illegal_transition', `The model is ${row.stage} already.`);
    const change = { stage_changed_by: caller.userId, stage_changed_at: new Date(context.clock.nowMs()) };
    const { equipment_id: equipmentId, family } = row;
    if (body.stage === 'active') {
      await tx
        .update(fdcModels)
        .set({ stage: 'retired', ...change })
        .where(and(ofModels({ orgId, equipmentId, family }), eq(fdcModels.stage, 'active')));
    }
    await tx
      .update(fdcModels)
      .set({ stage: body.stage, ...change })
      .where(and(eq(fdcModels.org_id, orgId), eq(fdcModels.model_id, body.model_id)));
    return oneModel(context, tx, orgId, body.model_id);
  });
}

/** Wafers with what detection said of them, the newest first. */
export async function listDetectedWafers<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<Rpc['listWafers']['request']>>,
): Promise<Result<{ items: DetectedWafer[]; total: number }>> {
  const wanted = and(
    eq(fdcWafers.org_id, caller.orgId),
    body.equipment_id === undefined ? undefined : eq(fdcWafers.equipment_id, body.equipment_id),
    body.family === undefined ? undefined : eq(fdcWafers.family, body.family),
    body.run_id === undefined ? undefined : eq(fdcWafers.run_id, body.run_id),
    body.faulty === undefined ? undefined : eq(fdcWafers.faulty, body.faulty),
  );
  return context.database.withOrg(caller.orgId, async (tx) => {
    const rows = await tx
      .select({ wafer: fdcWafers, model: fdcModels })
      .from(fdcWafers)
      .leftJoin(
        fdcModels,
        and(eq(fdcModels.org_id, fdcWafers.org_id), eq(fdcModels.model_id, fdcWafers.model_id)),
      )
      .where(wanted)
      .orderBy(desc(fdcWafers.recorded_at), desc(fdcWafers.run_id), desc(fdcWafers.wafer_index))
      .limit(body.limit)
      .offset(body.offset);
    const [counted] = await tx.select({ total: count() }).from(fdcWafers).where(wanted);
    return accept({
      items: rows.map(({ wafer, model }) => waferView(context.definition.id, wafer, model)),
      total: counted?.total ?? 0,
    });
  });
}

type Standing = { row: DetectionModelRow; scored: number; calledFaulty: number };

async function readModels(
  tx: Transaction,
  wanted: SQL | undefined,
  { limit, offset }: { limit: number; offset: number },
): Promise<Standing[]> {
  const scored = (also: SQL) => sql<number>`(
    select count(*)::int from fdc_wafers as wafer
     where wafer.org_id = fdc_models.org_id and wafer.model_id = fdc_models.model_id and wafer.good ${also})`;
  return tx
    .select({ row: fdcModels, scored: scored(sql``), calledFaulty: scored(sql`and wafer.faulty`) })
    .from(fdcModels)
    .where(wanted)
    .orderBy(desc(fdcModels.created_at), desc(fdcModels.version), fdcModels.model_id)
    .limit(limit)
    .offset(offset);
}

async function oneModel<T extends ProcessTypes>(
  context: ServiceContext<T>,
  tx: Transaction,
  orgId: string,
  modelId: string,
): Promise<Result<DetectionModelRecord>> {
  const wanted = and(eq(fdcModels.org_id, orgId), eq(fdcModels.model_id, modelId));
  const [found] = await readModels(tx, wanted, { limit: 1, offset: 0 });
  return found === undefined ? notFound('model', modelId) : accept(modelView(context.definition.id, found));
}

function modelView(process: string, { row, scored, calledFaulty }: Standing): DetectionModelRecord {
  const { pca, features, confidence, limits } = row.model;
  const total = pca.eigenvalues.reduce((sum, value) => sum + value, 0);
  const kept = pca.eigenvalues.slice(0, pca.loadings.length).reduce((sum, value) => sum + value, 0);
  return {
    model_id: row.model_id,
    process,
    equipment_id: row.equipment_id,
    family: row.family,
    version: row.version,
    stage: row.stage,
    features: [...features],
    components: pca.loadings.length,
    explained_share: kept / total,
    confidence,
    limits: { ...limits },
    learnt_from: row.learnt_from,
    scored,
    called_faulty: calledFaulty,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    stage_changed_by: row.stage_changed_by,
    stage_changed_at: row.stage_changed_at.toISOString(),
  };
}

function waferView(
  process: string,
  wafer: typeof fdcWafers.$inferSelect,
  model: DetectionModelRow | null,
): DetectedWafer {
  const { score } = wafer;
  return {
    process,
    run_id: wafer.run_id,
    wafer_index: wafer.wafer_index,
    wafer_id: wafer.wafer_id,
    equipment_id: wafer.equipment_id,
    family: wafer.family,
    at: wafer.recorded_at.toISOString(),
    good: wafer.good,
    features: wafer.features,
    score:
      score === null || model === null
        ? null
        : {
            model_id: model.model_id,
            t2: score.t2,
            t2_limit: model.model.limits.t2,
            spe: score.spe,
            spe_limit: model.model.limits.spe,
            faulty: score.faulty,
            contributions: score.contributions.map((each) => ({ ...each })),
          },
  };
}
