import { z } from 'zod';
import { calibrationSchema } from './equipment.ts';
import { recipeSchema } from './recipe.ts';
import { sopSchema } from './sop.ts';

/** When a run is judged: with its request, and at the end of each of its attempts. */
const complianceStageSchema = z.enum(['create', 'end']);
export type ComplianceStage = z.infer<typeof complianceStageSchema>;

/** How a run stands to one rule. `not_determined` says that the evidence is missing, which is not a pass. */
const ruleStatusSchema = z.enum(['passed', 'warning', 'failed', 'not_applicable', 'not_determined']);

/** One rule as it was judged, with what it was judged by. */
export const complianceFindingSchema = z.object({
  rule: z.string(),
  title: z.string(),
  /** What has to hold, and by which rule book. */
  requirement: z.string(),
  /** A broken required rule makes the run not compliant; a broken advised one is a warning. */
  weight: z.enum(['required', 'advised']),
  status: ruleStatusSchema,
  detail: z.string(),
  evidence: z.record(z.string(), z.unknown()),
});
export type ComplianceFinding = z.infer<typeof complianceFindingSchema>;

export const complianceVerdictSchema = z.enum([
  'compliant',
  'compliant_with_warnings',
  'not_compliant',
  'not_determined',
]);
export type ComplianceVerdict = z.infer<typeof complianceVerdictSchema>;

/** The records that a judgement looked at, as they stood then: a copy, since records change. */
export const complianceEvidenceSchema = z.object({
  recipe_hash: z.string(),
  /** The numbers of the recipe that limits bind, by field; a list's entry is its extremes. */
  recipe_values: z.record(z.string(), z.object({ lowest: z.number(), highest: z.number() })),
  sop: sopSchema.omit({ body: true }).nullable(),
  /**
   * The version of a named recipe that the run came from, with its signatures; null for a recipe that was posted with
   * the run, a null record where the version is not on record. Absent from runs of before recipes were judged.
   */
  named_recipe: z
    .object({
      recipe_id: z.uuid(),
      version: z.int(),
      record: recipeSchema.omit({ recipe: true }).nullable(),
    })
    .nullable()
    .optional(),
  /** The tools that could take the run; after its start, the one that did. */
  tools: z.array(
    z.object({ equipment_id: z.string(), status: z.string(), calibrations: z.array(calibrationSchema) }),
  ),
});
export type ComplianceEvidence = z.infer<typeof complianceEvidenceSchema>;

/** A judgement of a run. Once it is stored, nobody changes it. */
export const complianceReportSchema = z.object({
  stage: complianceStageSchema,
  evaluated_at: z.string(),
  verdict: complianceVerdictSchema,
  findings: z.array(complianceFindingSchema),
  evidence: complianceEvidenceSchema,
  /** What judged: service and code version. */
  judged_by: z.object({ service: z.string(), code_version: z.string() }),
});
export type ComplianceReport = z.infer<typeof complianceReportSchema>;

/** A rule that stands differently today than when the run was judged; the judgement itself stays. */
const changeSinceSchema = z.object({
  rule: z.string(),
  judged: ruleStatusSchema,
  today: ruleStatusSchema,
  detail: z.string(),
  evidence: z.record(z.string(), z.unknown()),
});

/** `GET /api/runs/{run_id}/compliance`: both judgements as they were made, and what has changed since. */
export const runComplianceSchema = z.object({
  run_id: z.string(),
  process: z.string(),
  run_status: z.string(),
  recipe_hash: z.string(),
  /** `pending` until the run has ended. */
  verdict: z.enum([...complianceVerdictSchema.options, 'pending']),
  /** Why the verdict is what it is, in one sentence. */
  summary: z.string(),
  at_create: complianceReportSchema.nullable(),
  /** Of the latest attempt that ended. */
  at_end: complianceReportSchema.nullable(),
  /**
   * Who told how the run ended: the worker of its last attempt, whose judgement is stored, or, where no worker lived to
   * tell (lost, or cancelled in its line), the orchestrator's records, which never change afterwards.
   */
  end_told_by: z.enum(['worker', 'records']).nullable(),
  /** Of attempts before it: an interrupted one, one that was tried again. */
  earlier_attempts: z.array(z.object({ attempt: z.int(), report: complianceReportSchema })),
  /** The rules in force, each with its present finding: of the end where it was judged then, else of the creation. */
  rules: z.array(complianceFindingSchema.extend({ judged_at: complianceStageSchema })),
  violations: z.array(complianceFindingSchema),
  warnings: z.array(complianceFindingSchema),
  since: z.object({ as_of: z.string(), changes: z.array(changeSinceSchema) }),
});
export type RunCompliance = z.infer<typeof runComplianceSchema>;
