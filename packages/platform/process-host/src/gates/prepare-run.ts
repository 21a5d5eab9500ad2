import { accept, processRpc, refuse, wafersOf } from '@spectra/schemas';
import type { FieldError, PreparedRun, Result, RunOptions } from '@spectra/schemas';
import { runPrepared } from '@spectra/database';
import type { SharedRead } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { findEquipment } from '../catalog/find-equipment.ts';
import { complianceReport } from '../compliance/compliance-report.ts';
import { contentHash } from '../content-hash.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { recipes } from '../tables.ts';
import type { CalibratedTool } from './calibration-gate.ts';
import { calibratedTool } from './calibrated-tool.ts';
import { chooseDocuments, readDocuments } from './document-gate.ts';
import type { ChosenDocuments, FoundDocuments, ParsedRecipe } from './document-gate.ts';
import { checkTools, checkToolsInService, usableTools } from './tool-gate.ts';

/** All gates of a run request, in the order in which a person would fix them: recipe, wafers, source, SOP, tool. */
export async function prepareRun<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Asked<RunRequest>,
): Promise<Result<PreparedRun>> {
  const { options } = asked.body;
  const { orgId } = asked.caller;
  const read = await readRecords(context, asked);
  if (!read.ok) return read;
  const { parsed, recipeHash, isKnownRecipe, documents, tools } = read.value;
  const chosen = await chooseDocuments(context, orgId, { parsed, found: documents });
  if (!chosen.ok) return chosen;
  const errors = waferErrors(options);
  if (errors.length > 0) return refuse('validation_failed', 'The wafers of the run are not usable', errors);
  const sourced = await checkSource(context, asked);
  if (!sourced.ok) return sourced;
  if (!tools.ok) return tools;
  if (!isKnownRecipe) await keepRecipe(context, orgId, { recipeHash, wire: parsed.wire });
  return accept(preparedRun(context, options, { chosen: chosen.value, tools: tools.value, recipeHash }));
}

/** What the process service says of a run that passed its gates. */
function preparedRun<T extends ProcessTypes>(
  context: ServiceContext<T>,
  options: RunOptions,
  passed: { chosen: ChosenDocuments<T['recipe']>; tools: readonly CalibratedTool[]; recipeHash: string },
): PreparedRun {
  const { definition } = context;
  const { chosen, tools, recipeHash } = passed;
  const { wire, recipe, named, sop } = chosen;
  const equipmentIds = tools.map((tool) => tool.equipmentId);
  const records = {
    sop,
    named: named && { recipeId: named.recipe_id, version: named.version, record: named },
    tools: equipmentIds.map((equipment_id) => ({ equipment_id, status: 'in_service' })),
    calibrations: tools.flatMap((tool) => tool.calibrations),
  };
  return {
    recipe: wire,
    recipe_hash: recipeHash,
    equipment_ids: equipmentIds,
    sop_id: sop.sop_id,
    recipe_id: named?.recipe_id ?? null,
    recipe_version: named?.version ?? null,
    calibration_ids: tools.flatMap((tool) => tool.calibrationIds),
    ...(options.layer === undefined ? {} : { layer: options.layer }),
    ...(options.run_to_run === undefined ? {} : { run_to_run: options.run_to_run }),
    warnings: [...definition.recipe.warnings(recipe), ...tools.flatMap((tool) => tool.warnings)],
    estimated_tool_time_s: definition.recipe.estimateToolTimeS(recipe, wafersOf(options).length),
    default_time_scale: definition.defaultTimeScale,
    compliance: complianceReport(context, { recipe: wire, recipeHash, ending: null }, records),
    upstream_process: definition.upstreamProcess,
  };
}

/** What is asked for: a recipe, posted or named in the options, and how to run it. */
export type RunRequest = { recipe: Record<string, unknown>; options: RunOptions };

/** What the gates look at. */
type RunRecords<T extends ProcessTypes> = {
  parsed: ParsedRecipe<T['recipe']>;
  recipeHash: string;
  /** The recipe was used before and is kept under its hash. */
  isKnownRecipe: boolean;
  documents: FoundDocuments;
  tools: Result<CalibratedTool[]>;
};

/** Reads all that the gates look at, in one go with the requests of the same moment; refused where a recipe is wrong. */
async function readRecords<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Asked<RunRequest>,
): Promise<Result<RunRecords<T>>> {
  const { orgId } = asked.caller;
  const posted = asked.body.options.recipe_id === undefined ? parseRecipe(context, asked.body.recipe) : null;
  if (posted !== null && !posted.ok) return posted;
  return context.database.readTogether(orgId, async (shared) => {
    const [documents, tools, isKnownRecipe] = await Promise.all([
      readDocuments(shared, context, asked),
      chooseTools(shared, context, asked),
      posted === null ? false : findRecipe(shared, orgId, posted.value.recipeHash),
    ]);
    if (!documents.ok) return documents;
    const recipe = posted ?? parseRecipe(context, documents.value.named?.recipe);
    if (!recipe.ok) return recipe;
    return accept({ ...recipe.value, isKnownRecipe, documents: documents.value, tools });
  });
}

function parseRecipe<T extends ProcessTypes>(
  { definition }: ServiceContext<T>,
  body: unknown,
): Result<{ parsed: ParsedRecipe<T['recipe']>; recipeHash: string }> {
  const parsed = definition.recipe.parse(body);
  if (!parsed.ok) return parsed;
  return accept({ parsed: parsed.value, recipeHash: contentHash(parsed.value.wire) });
}

const knownRecipe = {
  name: 'known-recipe',
  text: 'select 1 from recipes where org_id = $1::uuid and recipe_hash = $2',
};

async function findRecipe({ tx }: SharedRead, orgId: string, recipeHash: string): Promise<boolean> {
  return (await runPrepared(tx, knownRecipe, [orgId, recipeHash])).length > 0;
}

/** Recipes stay for ever under their hash: runs, charts and threads name them by it. */
async function keepRecipe<T extends ProcessTypes>(
  { database }: ServiceContext<T>,
  orgId: string,
  { recipeHash, wire }: { recipeHash: string; wire: Record<string, unknown> },
): Promise<void> {
  const row = { org_id: orgId, recipe_hash: recipeHash, recipe: wire };
  await database.withOrg(orgId, (tx) => tx.insert(recipes).values(row).onConflictDoNothing());
}

async function chooseTools<T extends ProcessTypes>(
  { tx, once }: SharedRead,
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
  return once('tools in service', async () => usableTools(await checkToolsInService(tx, context, orgId)));
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
