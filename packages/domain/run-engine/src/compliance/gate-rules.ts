import type { Calibration, ComplianceEvidence } from '@spectra/schemas';
import type { ComplianceFacts, ComplianceRule, Judgement } from './compliance-rule.ts';
import { failed, notDetermined, passed, warned } from './compliance-rule.ts';

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
    judge: ({ evidence }) => judgeApproval(evidence.sop),
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

function judgeApproval(sop: ComplianceEvidence['sop']): Judgement {
  if (sop === null) return notDetermined('The SOP is not on record');
  const counting = sop.approvals.filter(
    (approval) => !sop.contributors.includes(approval.approver) && approval.content_hash === sop.content_hash,
  );
  const approvers = [...new Set(counting.map((approval) => approval.approver))];
  const evidence = {
    sop_id: sop.sop_id,
    status: sop.status,
    hazard_class: sop.hazard_class,
    content_hash: sop.content_hash,
    author: sop.author,
    approvers,
    approvals_required: sop.approvals_required,
  };
  if (sop.status !== 'approved') return failed(`SOP "${sop.title}" is ${sop.status}`, evidence);
  return approvers.length >= sop.approvals_required
    ? passed(`SOP "${sop.title}" is approved by ${approvers.length} of ${sop.approvals_required}`, evidence)
    : failed(`SOP "${sop.title}" has ${approvers.length} of ${sop.approvals_required} approvals`, evidence);
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
