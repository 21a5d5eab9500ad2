import { complianceRules, judgeRun } from '@spectra/run-engine';
import type { AttemptEnding, ComplianceFacts, ProcessTypes } from '@spectra/run-engine';
import type { ComplianceEvidence, ComplianceReport, RecipeVersion, Sop } from '@spectra/schemas';
import { toCalibration } from '../catalog/calibration-state.ts';
import type { CalibrationRow } from '../catalog/calibration-state.ts';
import { contentHash } from '../content-hash.ts';
import type { RecipeReference } from '../gates/document-gate.ts';
import type { ServiceContext } from '../service-context.ts';

/** The records that a run is judged by, as read. */
export interface GateRecords {
  readonly sop: Sop | null;
  /** The named version that the run came from; null for a recipe that was posted with it. */
  readonly named: (RecipeReference & { readonly record: RecipeVersion | null }) | null;
  readonly tools: readonly { readonly equipment_id: string; readonly status: string }[];
  /** The latest calibration of each type of each of these tools. */
  readonly calibrations: readonly CalibrationRow[];
}

/** What is judged: the recipe as stored, with the hash under which it was accepted, and how the attempt ended. */
export interface JudgedRun {
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly recipeHash: string;
  readonly ending: AttemptEnding | null;
}

/** Judges a run by today's records: at its creation when it has no ending, else at its end. */
export function complianceReport<T extends ProcessTypes>(
  context: ServiceContext<T>,
  run: JudgedRun,
  records: GateRecords,
): ComplianceReport {
  const { definition, clock, codeVersion } = context;
  const stage = run.ending === null ? 'create' : 'end';
  const facts = complianceFacts(context, run, records);
  return {
    stage,
    evaluated_at: new Date(clock.nowMs()).toISOString(),
    ...judgeRun(complianceRules(definition), stage, facts),
    evidence: facts.evidence,
    judged_by: { service: `${definition.id}-service`, code_version: codeVersion ?? 'unknown' },
  };
}

function complianceFacts<T extends ProcessTypes>(
  context: ServiceContext<T>,
  run: JudgedRun,
  records: GateRecords,
): ComplianceFacts {
  const { definition } = context;
  const parsed = definition.recipe.parse(run.recipe);
  const recipe = parsed.ok ? parsed.value.recipe : null;
  return {
    evidence: evidenceOf(context, {
      records,
      recipeHash: run.recipeHash,
      values: recipe === null ? {} : definition.recipe.limitValues(recipe),
    }),
    calibrationTypes: definition.calibrationTypes,
    recipe: {
      hashNow: contentHash(run.recipe),
      fault: parsed.ok ? null : parsed.refusal.detail,
      warnings: recipe === null ? [] : definition.recipe.warnings(recipe),
    },
    ending: run.ending,
  };
}

function evidenceOf<T extends ProcessTypes>(
  { definition, clock }: ServiceContext<T>,
  found: { records: GateRecords; recipeHash: string; values: ComplianceEvidence['recipe_values'] },
): ComplianceEvidence {
  const { sop, named, tools, calibrations } = found.records;
  const nowMs = clock.nowMs();
  const required = calibrations.filter(({ type }) => definition.calibrationTypes.includes(type));
  return {
    recipe_hash: found.recipeHash,
    recipe_values: found.values,
    sop: sop === null ? null : withoutBody(sop),
    named_recipe: named && {
      recipe_id: named.recipeId,
      version: named.version,
      record: named.record && withoutRecipe(named.record),
    },
    tools: tools.map(({ equipment_id, status }) => ({
      equipment_id,
      status,
      calibrations: required
        .filter((row) => row.equipment_id === equipment_id)
        .map((row) => toCalibration(row, definition.id, nowMs)),
    })),
  };
}

/** The text of a SOP can be long; its content hash stands for it. */
function withoutBody({ body: _body, ...sop }: Sop): Omit<Sop, 'body'> {
  return sop;
}

/** The recipe is with the run already. */
function withoutRecipe({ recipe: _recipe, ...version }: RecipeVersion): Omit<RecipeVersion, 'recipe'> {
  return version;
}
