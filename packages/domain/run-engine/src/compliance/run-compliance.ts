import type {
  ComplianceFinding,
  ComplianceReport,
  JobStatus,
  RunCompliance,
  RunDossier,
} from '@spectra/schemas';

type Verdict = RunCompliance['verdict'];

const underWay: readonly JobStatus[] = ['blocked', 'queued', 'running', 'retrying'];
const gravest: readonly Verdict[] = [
  'compliant',
  'compliant_with_warnings',
  'pending',
  'not_determined',
  'not_compliant',
];

/** The stored judgement of the last attempt of an ended run, if its worker lived to make one. */
export function storedEnd({ run, reports }: RunDossier): ComplianceReport | null {
  if (underWay.includes(run.status)) return null;
  return reports.findLast((one) => one.attempt === run.attempt)?.report ?? null;
}

/**
 * How a run stands to its rules, told from its stored judgements. `endOfRecords` is the judgement of an end that no
 * worker told. `now` is how the rules of its creation would be judged by today's records: it is shown beside the
 * judgements and never changes them.
 */
export function runCompliance(
  dossier: RunDossier,
  endOfRecords: ComplianceReport | null,
  now: { findings: readonly ComplianceFinding[]; asOf: string },
): RunCompliance {
  const { run, prepared, reports } = dossier;
  const atCreate = prepared.compliance ?? null;
  const ended = !underWay.includes(run.status);
  const stored = storedEnd(dossier);
  const atEnd = stored ?? (ended ? endOfRecords : null);
  const rules = rulesInForce(atCreate, atEnd);
  const verdict = verdictOf({ atCreate, atEnd, ended });
  return {
    run_id: run.run_id,
    process: run.process,
    run_status: run.status,
    recipe_hash: run.recipe_hash,
    verdict,
    summary: summaryOf(verdict, { rules, status: run.status, judgedAtEnd: atEnd !== null }),
    at_create: atCreate,
    at_end: atEnd,
    end_told_by: atEnd === null ? null : stored === null ? 'records' : 'worker',
    earlier_attempts: reports.filter((one) => one.report !== stored),
    rules,
    violations: rules.filter(isViolation),
    warnings: rules.filter(isWarning),
    since: { as_of: now.asOf, changes: changesSince(rules, now.findings) },
  };
}

function rulesInForce(
  atCreate: ComplianceReport | null,
  atEnd: ComplianceReport | null,
): RunCompliance['rules'] {
  const ofEnd = (atEnd?.findings ?? []).map((finding) => ({ ...finding, judged_at: 'end' as const }));
  const ofCreate = (atCreate?.findings ?? [])
    .filter((finding) => !ofEnd.some((later) => later.rule === finding.rule))
    .map((finding) => ({ ...finding, judged_at: 'create' as const }));
  return [...ofCreate, ...ofEnd];
}

function isViolation(finding: ComplianceFinding): boolean {
  return finding.weight === 'required' && finding.status === 'failed';
}

function isWarning(finding: ComplianceFinding): boolean {
  return finding.status === 'warning' || (finding.weight === 'advised' && finding.status === 'failed');
}

/** The graver of both judgements: a run that should not have started does not become compliant by ending well. */
function verdictOf(known: {
  atCreate: ComplianceReport | null;
  atEnd: ComplianceReport | null;
  ended: boolean;
}): Verdict {
  const created: Verdict = known.atCreate?.verdict ?? 'not_determined';
  const later: Verdict = known.ended ? (known.atEnd?.verdict ?? 'not_determined') : 'pending';
  return gravest.indexOf(created) > gravest.indexOf(later) ? created : later;
}

function summaryOf(
  verdict: Verdict,
  facts: { rules: readonly ComplianceFinding[]; status: JobStatus; judgedAtEnd: boolean },
): string {
  const broken = facts.rules.filter(isViolation).map((finding) => finding.title);
  const doubtful = facts.rules.filter(isWarning).map((finding) => finding.title);
  const unknown = facts.rules.filter((finding) => finding.status === 'not_determined');
  switch (verdict) {
    case 'pending':
      return `The run is ${facts.status}; it is judged again when it has ended`;
    case 'not_compliant':
      return `Broken: ${broken.join(', ')}`;
    case 'not_determined':
      return facts.judgedAtEnd
        ? `Without evidence: ${unknown.map((finding) => finding.title).join(', ')}`
        : `The run is ${facts.status}, and no attempt came to an end that its worker could judge`;
    case 'compliant_with_warnings':
      return `Kept, with warnings: ${doubtful.join(', ')}`;
    case 'compliant':
      return `All ${facts.rules.length} rules are kept`;
  }
}

function changesSince(
  judged: readonly ComplianceFinding[],
  now: readonly ComplianceFinding[],
): RunCompliance['since']['changes'] {
  return now.flatMap((finding) => {
    const then = judged.find((earlier) => earlier.rule === finding.rule);
    if (then === undefined) return [];
    const same = then.status === finding.status && sameJson(then.evidence, finding.evidence);
    if (same) return [];
    const { rule, detail, evidence } = finding;
    return [{ rule, judged: then.status, today: finding.status, detail, evidence }];
  });
}

/** A stored judgement comes back with its keys in another order. */
function sameJson(left: unknown, right: unknown): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.entries(value)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => [key, sorted(member)]);
}
