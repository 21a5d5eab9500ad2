import { and, asc, eq } from 'drizzle-orm';
import { accept, processRpc, refuse, wafersOf } from '@spectra/schemas';
import type { FieldError, PreparedRun, Result, RunOptions } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { latestCalibrations } from '../catalog/calibrations.ts';
import { findEquipment } from '../catalog/find-equipment.ts';
import { complianceReport } from '../compliance/compliance-report.ts';
import { contentHash } from '../content-hash.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { equipment, recipes } from '../tables.ts';
import type { CalibratedTool } from './calibration-gate.ts';
import { calibratedTool } from './calibrated-tool.ts';
import { chooseDocuments } from './document-gate.ts';
import { checkTools, usableTools } from './tool-gate.ts';

/** All gates of a run request, in the order in which a person would fix them: recipe, wafers, source, SOP, tool. */
export async function prepareRun<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Asked<{ recipe: Record<string, unknown>; options: RunOptions }>,
): Promise<Result<PreparedRun>> {
  const { definition, database } = context;
  const { options } = asked.body;
  const errors = waferErrors(options);
  const chosen = await chooseDocuments(context, asked);
  if (!chosen.ok) return chosen;
  const { wire, recipe, named, sop } = chosen.value;
  if (errors.length > 0) return refuse('validation_failed', 'The wafers of the run are not usable', errors);
  const sourced = await checkSource(context, asked);
  if (!sourced.ok) return sourced;
  const recipeHash = contentHash(wire);
  return database.withOrg(asked.caller.orgId, async (tx) => {
    const tools = await chooseTools(tx, context, asked);
    if (!tools.ok) return tools;
    await tx
      .insert(recipes)
      .values({ org_id: asked.caller.orgId, recipe_hash: recipeHash, recipe: wire })
      .onConflictDoNothing();
    const equipmentIds = tools.value.map((tool) => tool.equipmentId);
    const records = {
      sop,
      named: named && { recipeId: named.recipe_id, version: named.version, record: named },
      tools: equipmentIds.map((equipment_id) => ({ equipment_id, status: 'in_service' })),
      calibrations: await latestCalibrations(tx, asked.caller.orgId, equipmentIds),
    };
    return accept({
      recipe: wire,
      recipe_hash: recipeHash,
      equipment_ids: equipmentIds,
      sop_id: sop.sop_id,
      recipe_id: named?.recipe_id ?? null,
      recipe_version: named?.version ?? null,
      calibration_ids: tools.value.flatMap((tool) => tool.calibrationIds),
      ...(options.layer === undefined ? {} : { layer: options.layer }),
      ...(options.run_to_run === undefined ? {} : { run_to_run: options.run_to_run }),
      warnings: [...definition.recipe.warnings(recipe), ...tools.value.flatMap((tool) => tool.warnings)],
      estimated_tool_time_s: definition.recipe.estimateToolTimeS(recipe, wafersOf(options).length),
      default_time_scale: definition.defaultTimeScale,
      compliance: complianceReport(context, { recipe: wire, recipeHash, ending: null }, records),
      upstream_process: definition.upstreamProcess,
    });
  });
}

async function chooseTools<T extends ProcessTypes>(
  tx: Transaction,
  context: ServiceContext<T>,
  { caller, body }: Asked<{ options: RunOptions }>,
): Promise<Result<CalibratedTool[]>> {
  const { orgId } = caller;
  const { equipment_id: wanted, calibration_id: calibrationId } = body.options;
  if (calibrationId !== undefined) {
    return calibratedTool(tx, context, { orgId, calibrationId, equipmentId: wanted });
  }
  if (wanted !== undefined) {
    const row = await findEquipment(tx, orgId, wanted);
    if (!row) return notFound('equipment', wanted);
    return usableTools(await checkTools(tx, context, { orgId, rows: [row] }));
  }
  const rows = await tx
    .select()
    .from(equipment)
    .where(and(eq(equipment.org_id, orgId), eq(equipment.status, 'in_service')))
    .orderBy(asc(equipment.equipment_id));
  return usableTools(await checkTools(tx, context, { orgId, rows }));
}

async function checkSource<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, traceparent, body }: Asked<{ options: RunOptions }>,
): Promise<Result<null>> {
  const runId = body.options.source_run_id;
  if (runId === undefined) return accept(null);
  const upstream = context.definition.upstreamProcess;
  if (upstream === null) {
    return refuse('source_run_unusable', 'This process starts from no other run', [
      { path: 'source_run_id', message: 'not used by this process', value: runId },
    ]);
  }
  // A run that this one waits for records its wafers before this one starts.
  if (body.options.depends_on?.includes(runId)) return accept(null);
  const found = await context.messaging.call(upstream, processRpc.waferRecord, {
    caller,
    traceparent,
    body: { run_id: runId },
  });
  if (!found.ok) return found;
  if (found.value.record) return accept(null);
  return refuse('source_run_unusable', `Run ${runId} has recorded no wafer`, [
    { path: 'source_run_id', message: 'has recorded no wafer', value: runId },
  ]);
}

function waferErrors(options: RunOptions): FieldError[] {
  if (options.wafer_id !== undefined && options.wafers) {
    return [{ path: 'wafers', message: 'give wafer_id or wafers, not both' }];
  }
  const wafers = wafersOf(options);
  if (wafers.length === 0) return [{ path: 'wafer_id', message: 'a run needs wafer_id or wafers' }];
  const twice = wafers.findIndex(
    (wafer, index) =>
      wafers.findIndex((other) => other.wafer_id === wafer.wafer_id || other.slot === wafer.slot) !== index,
  );
  if (twice < 0) return [];
  return [{ path: `wafers.${twice}`, message: 'wafer id or slot stands twice', value: wafers[twice] }];
}
