import { and, count, desc, eq, inArray } from 'drizzle-orm';
import type { z } from 'zod';
import { accept, refuse } from '@spectra/schemas';
import type { Result, VmModel, vmRpc } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessDefinition, ProcessTypes } from '@spectra/run-engine';
import { initialVmWatch, VM_DRIFT_DECISION, VM_WAFERS_MIN } from '@spectra/spc';
import { vmModels, vmStageChanges } from '../prediction-tables.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { changeStage, isModel, lockLineage, modelsOf } from './learn.ts';
import type { ModelRow } from './learn.ts';

type Rpc = typeof vmRpc;
type Decision = z.output<Rpc['promoteModel']['request']>;

const shownMax = 100;

/** The organisation's models, the newest first. */
export async function listModels<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<Rpc['listModels']['request']>>,
): Promise<Result<{ items: VmModel[]; total: number }>> {
  const wanted = and(
    eq(vmModels.org_id, caller.orgId),
    body.family === undefined ? undefined : eq(vmModels.family, body.family),
    body.parameter === undefined ? undefined : eq(vmModels.parameter, body.parameter),
    body.stage === undefined ? undefined : eq(vmModels.stage, body.stage),
  );
  return context.database.withOrg(caller.orgId, async (tx) => {
    const rows = await tx
      .select()
      .from(vmModels)
      .where(wanted)
      .orderBy(desc(vmModels.created_at), desc(vmModels.model_id))
      .limit(body.limit)
      .offset(body.offset);
    const [counted] = await tx.select({ total: count() }).from(vmModels).where(wanted);
    return accept({ items: rows.map((row) => toModel(row, context.definition)), total: counted?.total ?? 0 });
  });
}

/** One model with its correction, the drift watch, the versions of its family, and every change of stage. */
export async function getModel<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<Rpc['getModel']['request']>>,
): Promise<Result<z.input<Rpc['getModel']['reply']>>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const row = await findModel(tx, caller.orgId, body.model_id);
    if (!row) return notFound('model', body.model_id);
    const versions = (await modelsOf(tx, { ...row, orgId: row.org_id })).slice(0, shownMax);
    const changes = await tx
      .select()
      .from(vmStageChanges)
      .where(
        and(
          eq(vmStageChanges.org_id, caller.orgId),
          inArray(
            vmStageChanges.model_id,
            versions.map((version) => version.model_id),
          ),
        ),
      )
      .orderBy(desc(vmStageChanges.arrival))
      .limit(shownMax);
    const versionOf = new Map(versions.map((version) => [version.model_id, version.version]));
    return accept({
      ...toModel(row, context.definition),
      correction: correctionOf(row),
      watch: watchOf(versions[0] ?? row),
      versions: versions.map((version) => toModel(version, context.definition)),
      history: changes.map((change) => ({
        model_version: versionOf.get(change.model_id) ?? 0,
        from: change.from_stage,
        to: change.to_stage,
        reason: change.reason,
        by: change.changed_by,
        at: change.changed_at.toISOString(),
      })),
    });
  });
}

/** A person lets a shadow model count. Refused while it is worse than physics on held-back wafers. */
export async function promoteModel<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<Decision>,
): Promise<Result<VmModel>> {
  return decide(context, { caller, body }, async (tx, row, rows) => {
    if (row.stage !== 'shadow') return wrongStage(row, 'shadow');
    const { tenable, correctedRmse, physicsRmse } = row.model.evidence;
    if (!tenable) {
      return refuse('conflict', 'On held-back wafers the correction is worse than physics alone', [
        { path: 'model_id', message: 'root mean square error', value: correctedRmse, limit: physicsRmse },
      ]);
    }
    const active = rows.find((other) => other.stage === 'active');
    const by = caller.userId;
    if (active) {
      await changeStage(tx, active, { to: 'retired', reason: `version ${row.version} was promoted`, by });
    }
    await changeStage(tx, row, { to: 'active', reason: body.reason, by });
    return accept({ ...row, stage: 'active' as const });
  });
}

/** A person takes a model out of use. What the family learnt so far counts no more; it learns anew. */
export async function retireModel<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<Decision>,
): Promise<Result<VmModel>> {
  return decide(context, { caller, body }, async (tx, row, rows) => {
    if (row.stage === 'retired') return wrongStage(row, 'shadow or active');
    await changeStage(tx, row, { to: 'retired', reason: body.reason, by: caller.userId });
    const newest = rows[0] ?? row;
    const { seen } = newest.watch;
    const watch = { learnFrom: seen + 1, nextTraining: VM_WAFERS_MIN, seen, checks: initialVmWatch };
    await tx.update(vmModels).set({ watch }).where(isModel(newest));
    return accept({ ...row, stage: 'retired' as const });
  });
}

async function decide<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Pick<Asked<Decision>, 'caller' | 'body'>,
  decision: (tx: Transaction, row: ModelRow, rows: readonly ModelRow[]) => Promise<Result<ModelRow>>,
): Promise<Result<VmModel>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const known = await findModel(tx, caller.orgId, body.model_id);
    if (!known) return notFound('model', body.model_id);
    const key = { ...known, orgId: known.org_id };
    await lockLineage(tx, key);
    const rows = await modelsOf(tx, key);
    const row = rows.find((each) => each.model_id === body.model_id) ?? known;
    const decided = await decision(tx, row, rows);
    return decided.ok ? accept(toModel(decided.value, context.definition)) : decided;
  });
}

async function findModel(tx: Transaction, orgId: string, modelId: string): Promise<ModelRow | undefined> {
  const [row] = await tx
    .select()
    .from(vmModels)
    .where(isModel({ org_id: orgId, model_id: modelId }));
  return row;
}

function wrongStage(row: ModelRow, needed: string): Result<never> {
  return refuse('illegal_transition', `The model is ${row.stage}; this needs one in ${needed}`);
}

function toModel<T extends ProcessTypes>(row: ModelRow, definition: ProcessDefinition<T>): VmModel {
  const { evidence } = row.model;
  const fall = evidence.physicsRmse > 0 ? 1 - evidence.correctedRmse / evidence.physicsRmse : 0;
  return {
    model_id: row.model_id,
    process: definition.id,
    family: row.family,
    parameter: row.parameter,
    unit: definition.metrology.find((each) => each.parameter === row.parameter)?.unit ?? '',
    version: row.version,
    stage: row.stage,
    wafers: row.model.correction.wafers,
    physics_rmse: evidence.physicsRmse,
    corrected_rmse: evidence.correctedRmse,
    error_fall_pct: 100 * fall,
    evidence: {
      t: evidence.t,
      t_needed: evidence.tNeeded,
      proven: evidence.proven,
      tenable: evidence.tenable,
    },
    created_at: row.created_at.toISOString(),
    created_by: row.created_by,
  };
}

function correctionOf({ model }: ModelRow) {
  const { correction } = model;
  const names = [...model.featureNames, ...model.tools.map((tool) => `on ${tool}`)];
  return {
    kind: 'ridge' as const,
    offset: correction.intercept,
    penalty: correction.penalty,
    residual_sigma: correction.residualSigma,
    features: names.map((name, i) => ({
      name,
      per_unit: (correction.coefficients[i] ?? 0) / (correction.featureScale[i] ?? 1),
      mean: correction.featureMean[i] ?? 0,
    })),
  };
}

function watchOf({ watch }: ModelRow) {
  return {
    upper: watch.checks.cusum.upper,
    lower: watch.checks.cusum.lower,
    decision: VM_DRIFT_DECISION,
    checked: watch.checks.recent.map((each) => ({
      physics_error: each.physics,
      corrected_error: each.corrected,
    })),
  };
}
