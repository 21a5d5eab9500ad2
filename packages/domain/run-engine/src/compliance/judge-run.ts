import type { ComplianceFinding, ComplianceStage, ComplianceVerdict } from '@spectra/schemas';
import type { ProcessDefinition, ProcessTypes } from '../process-definition.ts';
import type { ComplianceFacts, ComplianceRule } from './compliance-rule.ts';
import { endingRules } from './ending-rules.ts';
import { gateRules } from './gate-rules.ts';

/** Every rule that a run of this process is judged by: those of all processes, then its own. */
export function complianceRules<T extends ProcessTypes>(
  definition: Pick<ProcessDefinition<T>, 'compliance'>,
): readonly ComplianceRule[] {
  return [...gateRules, ...endingRules, ...definition.compliance];
}

/** Those of them that look at the end alone, and at no record that may change afterwards. */
export function endingRulesOf(rules: readonly ComplianceRule[]): readonly ComplianceRule[] {
  return rules.filter(({ stages }) => !stages.includes('create'));
}

/** Judges the facts by the rules of a stage. */
export function judgeRun(
  rules: readonly ComplianceRule[],
  stage: ComplianceStage,
  facts: ComplianceFacts,
): { verdict: ComplianceVerdict; findings: ComplianceFinding[] } {
  const findings = rules
    .filter((rule) => rule.stages.includes(stage))
    .map(({ id, title, requirement, weight, ...rule }) => ({
      rule: id,
      title,
      requirement,
      weight,
      ...rule.judge(facts),
    }));
  return { verdict: verdictOf(findings), findings };
}

/** A required rule that failed decides; then one without evidence; then anything that a person should look at. */
export function verdictOf(findings: readonly ComplianceFinding[]): ComplianceVerdict {
  const required = findings.filter((finding) => finding.weight === 'required');
  if (required.some((finding) => finding.status === 'failed')) return 'not_compliant';
  if (required.some((finding) => finding.status === 'not_determined')) return 'not_determined';
  return findings.some((finding) => finding.status === 'warning' || finding.status === 'failed')
    ? 'compliant_with_warnings'
    : 'compliant';
}
