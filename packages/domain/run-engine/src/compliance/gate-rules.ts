import type { Calibration, ComplianceEvidence, Signature } from '@spectra/schemas';
import type { ComplianceFacts, ComplianceRule, Judgement } from './compliance-rule.ts';
import { failed, notApplicable, notDetermined, passed, warned } from './compliance-rule.ts';

const both = ['create', 'end'] as const;

/** Rules on what a run is allowed by: recipe, SOP, tool, calibrations. Judged at the creation and again at the end. */
export const gateRules: readonly ComplianceRule[] = [
  {
    id: 'recipe_limits',
    title: 'Recipe within the limits of its process',
    requirement: 'Each field of the recipe is within the limits that the product states for the process',
    weight: 'required',
    stages: both,
    judge: ({ recipe, evidence }) =>
      recipe.fault === null
        ? passed('Every field is within its limits', { values: evidence.recipe_values })
        : failed(recipe.fault, { values: evidence.recipe_values }),
  },
  {
    id: 'recipe_hash',
    title: 'Recipe unchanged',
    requirement:
      'The recipe that is run is, byte for byte, the one that was accepted (SHA-256 of its canonical form)',
    weight: 'required',
    stages: both,
    judge: ({ recipe, evidence }) => {
      const hashes = { accepted: evidence.recipe_hash, now: recipe.hashNow };
      return evidence.recipe_hash === recipe.hashNow
        ? passed('The recipe has the hash under which it was accepted', hashes)
        : failed('The recipe is not the one that was accepted', hashes);
    },
  },
  {
    id: 'recipe_reachable',
    title: 'Recipe within what the tool can follow',
    requirement: 'The tool can follow the recipe without a limit of its own cutting in',
    weight: 'advised',
    stages: both,
    judge: ({ recipe }) =>
      recipe.warnings.length === 0
        ? passed('The tool can follow the recipe', {})
        : warned(recipe.warnings.map((warning) => warning.message).join('; '), { warnings: recipe.warnings }),
  },
  {
    id: 'sop_approval',
    title: 'SOP approved',
    requirement:
      'The SOP is approved by as many different people as its hazard class asks for, none of them its author, each for this content',
    weight: 'required',
    stages: both,
    judge: judgeSop,
  },
  {
    id: 'recipe_approval',
    title: 'Named recipe approved',
    requirement:
      'The version of the named recipe that the run came from is approved by as many different people as its hazard class asks for, none of whom wrote on it, each for this content, and says what is run',
    weight: 'required',
    stages: both,
    judge: judgeNamedRecipe,
  },
  {
    id: 'sop_limits',
    title: 'Recipe within the limits of its SOP',
    requirement: 'Each number that the SOP bounds is within its bounds',
    weight: 'required',
    stages: both,
    judge: ({ evidence }) => judgeSopLimits(evidence),
  },
  {
    id: 'equipment',
    title: 'Equipment in service',
    requirement: 'The tool is in service',
    weight: 'required',
    stages: both,
    judge: ({ evidence }) => judgeEquipment(evidence.tools),
  },
  {
    id: 'calibration',
    title: 'Calibrations valid',
    requirement: 'The tool has a valid calibration of every type that its process requires',
    weight: 'required',
    stages: both,
    judge: judgeCalibrations,
  },
];

function judgeSop({ evidence: { sop }, ending }: ComplianceFacts): Judgement {
  if (sop === null) return notDetermined('The SOP is not on record');
  const told = { sop_id: sop.sop_id, ...signedFacts(sop) };
  return judgeSigned({ document: sop, name: `SOP "${sop.title}"`, evidence: told }, ending);
}

function judgeNamedRecipe({ evidence, ending }: ComplianceFacts): Judgement {
  const { named_recipe: named, recipe_hash: accepted } = evidence;
  if (named === undefined) return notDetermined('The judgement did not look at named recipes yet');
  if (named === null) return notApplicable('The recipe was posted with the run; it stands on the SOP alone');
  const { recipe_id, version, record } = named;
  if (record === null) return notDetermined(`Version ${version} of recipe ${recipe_id} is not on record`);
  const name = `Version ${version} of recipe "${record.name}"`;
  const hashes = { accepted_hash: accepted, version_hash: record.recipe_hash };
  const told = { recipe_id, version, sop_id: record.sop_id, ...hashes, ...signedFacts(record) };
  if (record.recipe_hash !== accepted)
    return failed(`${name} says another recipe than the one accepted`, told);
  return judgeSigned({ document: record, name, evidence: told }, ending);
}

/** A SOP's or recipe's version with the signatures under it. */
type SignedVersion = Pick<
  NonNullable<ComplianceEvidence['sop']>,
  'status' | 'status_reason' | 'hazard_class' | 'content_hash' | 'author' | 'contributors' | 'approvals'
> & { approvals_required: number };

/** What came into force is judged as it was at the start: a version that was retired since, during the run, is a doubt. */
function judgeSigned(
  signed: { document: SignedVersion; name: string; evidence: Record<string, unknown> },
  ending: ComplianceFacts['ending'],
): Judgement {
  const { document, name, evidence } = signed;
  const passedAt = ending?.gatesPassedAt ?? null;
  const retiredSince = document.status === 'retired' && passedAt !== null;
  if (document.status !== 'approved' && !retiredSince)
    return failed(`${name} is ${document.status}`, evidence);
  const given = new Set(countingSignatures(document).map(({ approver }) => approver)).size;
  const count = `${given} of ${document.approvals_required}`;
  if (given < document.approvals_required) return failed(`${name} has ${count} approvals`, evidence);
  return retiredSince
    ? warned(
        `${name} was approved by ${count} when the run started at ${passedAt}, and retired since`,
        evidence,
      )
    : passed(`${name} is approved by ${count}`, evidence);
}

/** Signatures under this very content, of people who did not write on it. */
function countingSignatures(document: SignedVersion): Signature[] {
  return document.approvals.filter(
    ({ approver, content_hash }) =>
      !document.contributors.includes(approver) && content_hash === document.content_hash,
  );
}

/** Who signed what, when and how. */
function signedFacts(document: SignedVersion): Record<string, unknown> {
  const { status, status_reason, hazard_class, content_hash, author, approvals_required } = document;
  const counting = countingSignatures(document);
  return {
    status,
    status_reason,
    hazard_class,
    content_hash,
    author,
    approvers: [...new Set(counting.map(({ approver }) => approver))],
    approvals_required,
    signatures: counting.map(({ approver, approved_at, meaning, auth_method, auth_age_s }) => ({
      approver,
      approved_at,
      meaning,
      auth_method,
      auth_age_s,
    })),
  };
}

function judgeSopLimits({ sop, recipe_values: values }: ComplianceEvidence): Judgement {
  if (sop === null) return notDetermined('The SOP is not on record');
  const broken = Object.entries(sop.limits).flatMap(([field, limit]) => {
    const value = values[field];
    if (value === undefined) return [];
    const below = limit.minimum !== undefined && value.lowest < limit.minimum;
    const above = limit.maximum !== undefined && value.highest > limit.maximum;
    return below || above ? [{ field, value, limit }] : [];
  });
  const evidence = { sop_id: sop.sop_id, limits: sop.limits };
  if (broken.length === 0) {
    const count = Object.keys(sop.limits).length;
    return passed(count === 0 ? 'The SOP sets no limits' : `Within ${count} limits of the SOP`, evidence);
  }
  return failed(`Outside the SOP: ${broken.map(({ field }) => field).join(', ')}`, { ...evidence, broken });
}

function judgeEquipment(tools: ComplianceEvidence['tools']): Judgement {
  if (tools.length === 0) return notDetermined('No tool is on record');
  const evidence = { tools: tools.map(({ equipment_id, status }) => ({ equipment_id, status })) };
  const out = tools.filter((tool) => tool.status !== 'in_service');
  return out.length === 0
    ? passed(`In service: ${tools.map((tool) => tool.equipment_id).join(', ')}`, evidence)
    : failed(out.map((tool) => `${tool.equipment_id} is ${tool.status}`).join('; '), evidence);
}

function judgeCalibrations({ evidence, calibrationTypes }: ComplianceFacts): Judgement {
  if (evidence.tools.length === 0) return notDetermined('No tool is on record');
  const faults = evidence.tools.flatMap((tool) =>
    calibrationTypes.flatMap((type) => {
      const found = tool.calibrations.find((calibration) => calibration.type === type);
      if (found === undefined) return [`${tool.equipment_id} has no ${type} calibration`];
      if (found.state === 'revoked') return [`${tool.equipment_id}: the ${type} calibration was revoked`];
      return found.state === 'expired' ? [`${tool.equipment_id}: ${expiryOf(found, 'expired at')}`] : [];
    }),
  );
  const all = evidence.tools.flatMap((tool) => tool.calibrations);
  const told = {
    calibrations: all.map(({ calibration_id, equipment_id, type, valid_until, state }) => ({
      calibration_id,
      equipment_id,
      type,
      valid_until,
      state,
    })),
  };
  if (faults.length > 0) return failed(faults.join('; '), told);
  const soon = all.filter((calibration) => calibration.state === 'expiring_soon');
  return soon.length === 0
    ? passed(`${all.length} calibrations are valid`, told)
    : warned(soon.map((one) => `${one.equipment_id}: ${expiryOf(one, 'ends at')}`).join('; '), told);
}

function expiryOf(calibration: Calibration, verb: string): string {
  return `the ${calibration.type} calibration ${verb} ${calibration.valid_until}`;
}
