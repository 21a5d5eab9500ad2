import { assert, constantFrom, property, array, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tankProcess } from '../tank-process.ts';
import type { AttemptEnding, ComplianceFacts } from './compliance-rule.ts';
import { complianceRules, judgeRun, verdictOf } from './judge-run.ts';

const sop = {
  sop_id: '33333333-3333-4333-8333-333333333333',
  process: 'tank',
  title: 'Fill',
  hazard_class: 'high' as const,
  limits: { level_mm: { maximum: 60 } },
  content_hash: 'a'.repeat(64),
  status: 'approved' as const,
  author: 'author',
  approvals: ['first', 'second'].map((approver) => signature(approver)),
  approvals_required: 2,
  created_at: '2026-01-01T00:00:00.000Z',
  version: 1,
  status_reason: null,
  contributors: ['author'],
  comment: null,
  voided_approvals: [],
  submitted_at: null,
  latest_version: 1,
  approved_version: 1,
};

function signature(approver: string, contentHash = 'a'.repeat(64)) {
  const at = '2026-01-02T00:00:00.000Z';
  return {
    approver,
    meaning: 'Released',
    content_hash: contentHash,
    auth_method: 'password',
    authenticated_at: at,
    auth_age_s: 0,
    approved_at: at,
    voided_at: null,
    voided_by: null,
    voided_reason: null,
  };
}

const recipe = {
  recipe_id: '55555555-5555-4555-8555-555555555555',
  process: 'tank',
  name: 'Fill to 50',
  recipe_hash: 'h',
  sop_id: sop.sop_id,
  hazard_class: 'high' as const,
  status: 'approved' as 'approved' | 'retired' | 'submitted',
  status_reason: null,
  version: 3,
  content_hash: 'd'.repeat(64),
  author: 'author',
  contributors: ['author', 'editor'],
  comment: null,
  approvals: ['first', 'second'].map((approver) => signature(approver, 'd'.repeat(64))),
  voided_approvals: [],
  approvals_required: 2,
  created_at: '2026-01-01T00:00:00.000Z',
  submitted_at: '2026-01-01T00:00:00.000Z',
  latest_version: 3,
  approved_version: 3,
};

const calibration = {
  calibration_id: '44444444-4444-4444-8444-444444444444',
  equipment_id: 'T1',
  process: 'tank',
  type: 'level',
  performed_at: '2026-01-01T00:00:00.000Z',
  valid_until: '2027-01-01T00:00:00.000Z',
  state: 'valid' as 'valid' | 'expiring_soon' | 'expired' | 'revoked',
  certificate: null,
  factor: 1,
  uncertainty_pct: null,
  created_by: 'somebody',
  created_at: '2026-01-01T00:00:00.000Z',
  revoked_at: null,
  revoked_by: null,
  revoked_reason: null,
};

const ending: AttemptEnding = {
  kind: 'completed',
  reason: null,
  attempt: 1,
  gatesPassedAt: '2026-01-03T00:00:00.000Z',
  leaseToken: 7,
  leaseKept: true,
  wafersAsked: 2,
  wafersDone: 2,
  exposed: true,
  resumed: false,
  trip: null,
  outcome: { waferMetrics: [{ level_mm: 50 }, { level_mm: 51 }], spc: [], spcAlertsCount: 0 },
  framesRecorded: 100,
  files: ['telemetry', 'logs'].map((kind) => ({ kind, name: kind, sha256: 'c'.repeat(64) })),
};

const good: ComplianceFacts = {
  evidence: {
    recipe_hash: 'h',
    recipe_values: { level_mm: { lowest: 50, highest: 50 } },
    sop,
    named_recipe: { recipe_id: recipe.recipe_id, version: 3, record: recipe },
    tools: [{ equipment_id: 'T1', status: 'in_service', calibrations: [calibration] }],
  },
  calibrationTypes: ['level'],
  recipe: { hashNow: 'h', fault: null, warnings: [] },
  ending,
};

const rules = complianceRules(tankProcess);
const evidence = (change: Partial<ComplianceFacts['evidence']>): ComplianceFacts => ({
  ...good,
  evidence: { ...good.evidence, ...change },
});
const ended = (change: Partial<AttemptEnding>): ComplianceFacts => ({
  ...good,
  ending: { ...ending, ...change },
});
const named = (change: Partial<typeof recipe>) =>
  evidence({
    named_recipe: { recipe_id: recipe.recipe_id, version: 3, record: { ...recipe, ...change } },
  });
const tool = (change: Partial<typeof calibration>) =>
  evidence({
    tools: [{ equipment_id: 'T1', status: 'in_service', calibrations: [{ ...calibration, ...change }] }],
  });

describe('a run that keeps every rule', () => {
  it('is compliant at its creation and at its end, with evidence behind each finding', () => {
    const created = judgeRun(rules, 'create', { ...good, ending: null });
    expect(created.verdict).toBe('compliant');
    expect(created.findings.map(({ rule }) => rule)).toEqual([
      'recipe_limits',
      'recipe_hash',
      'recipe_reachable',
      'sop_approval',
      'recipe_approval',
      'sop_limits',
      'equipment',
      'calibration',
    ]);
    const done = judgeRun(rules, 'end', good);
    expect(done.verdict).toBe('compliant');
    expect(done.findings).toHaveLength(rules.length);
    expect(done.findings.find(({ rule }) => rule === 'level_tolerance')?.evidence).toMatchObject({
      limit: { high: 80 },
      values: [50, 51],
    });
  });
});

describe('a broken rule is named, and only it', () => {
  it.each([
    ['recipe_limits', { ...good, recipe: { ...good.recipe, fault: 'too deep' } }],
    ['recipe_hash', { ...good, recipe: { ...good.recipe, hashNow: 'other' } }],
    ['sop_approval', evidence({ sop: { ...sop, approvals: [signature('first')] } })],
    ['sop_approval', evidence({ sop: { ...sop, approvals: [signature('first'), signature('author')] } })],
    ['sop_approval', evidence({ sop: { ...sop, approvals: [signature('first'), signature('first')] } })],
    [
      'sop_approval',
      evidence({ sop: { ...sop, approvals: [signature('first'), signature('second', 'b'.repeat(64))] } }),
    ],
    ['sop_approval', evidence({ sop: { ...sop, status: 'submitted' } })],
    ['recipe_approval', named({ status: 'submitted' })],
    ['recipe_approval', named({ approvals: recipe.approvals.slice(1) })],
    ['recipe_approval', named({ approvals: [recipe.approvals[0]!, signature('editor', 'd'.repeat(64))] })],
    ['recipe_approval', named({ approvals: [recipe.approvals[0]!, signature('second')] })],
    ['recipe_approval', named({ recipe_hash: 'another' })],
    ['recipe_approval', { ...named({ status: 'retired' }), ending: { ...ending, gatesPassedAt: null } }],
    ['sop_limits', evidence({ recipe_values: { level_mm: { lowest: 50, highest: 60.1 } } })],
    ['equipment', evidence({ tools: [{ ...good.evidence.tools[0]!, status: 'out_of_service' }] })],
    ['calibration', tool({ state: 'expired' })],
    ['calibration', tool({ type: 'another' })],
    ['completion', ended({ wafersDone: 1, exposed: false })],
    ['lease_fencing', ended({ leaseKept: false })],
    [
      'interlocks',
      ended({ trip: { id: 'high_level', parameter: 'level_mm', message: 'high', value: 91, limit: 90 } }),
    ],
    ['records', ended({ files: [] })],
    [
      'level_tolerance',
      ended({ outcome: { waferMetrics: [{ level_mm: 50 }, { level_mm: 81 }], spc: [], spcAlertsCount: 0 } }),
    ],
  ])('%s', (rule, facts) => {
    const { verdict, findings } = judgeRun(rules, 'end', facts);
    expect(findings.filter(({ status }) => status === 'failed').map((one) => one.rule)).toEqual([rule]);
    expect(verdict).toBe('not_compliant');
  });

  it.each([
    ['calibration', tool({ state: 'expiring_soon' })],
    ['exposure', ended({ resumed: true })],
    ['sop_approval', evidence({ sop: { ...sop, status: 'retired' } })],
    ['recipe_approval', named({ status: 'retired' })],
    [
      'spc',
      ended({
        outcome: { ...ending.outcome!, spcAlertsCount: 2, spc: [{ chart: 'x', value: 9, rule: 'out' }] },
      }),
    ],
    [
      'recipe_reachable',
      { ...good, recipe: { ...good.recipe, warnings: [{ code: 'slow', message: 'slow' }] } },
    ],
  ])('a doubt about %s is a warning', (rule, facts) => {
    const { verdict, findings } = judgeRun(rules, 'end', facts);
    expect(findings.filter(({ status }) => status === 'warning').map((one) => one.rule)).toEqual([rule]);
    expect(verdict).toBe('compliant_with_warnings');
  });
});

it('the signatures of the named version are the evidence; a recipe that was posted needs none', () => {
  const findingOf = (facts: ComplianceFacts) =>
    judgeRun(rules, 'create', { ...facts, ending: null }).findings.find(
      ({ rule }) => rule === 'recipe_approval',
    );
  expect(findingOf(good)).toMatchObject({
    status: 'passed',
    evidence: {
      recipe_id: recipe.recipe_id,
      version: 3,
      content_hash: recipe.content_hash,
      signatures: [
        { approver: 'first', approved_at: '2026-01-02T00:00:00.000Z', meaning: 'Released' },
        { approver: 'second' },
      ],
    },
  });
  expect(findingOf(named({ status: 'retired' }))?.status).toBe('failed');
  expect(findingOf(evidence({ named_recipe: null }))?.status).toBe('not_applicable');
});

describe('missing evidence', () => {
  it('is never a pass', () => {
    expect(judgeRun(rules, 'end', evidence({ sop: null })).verdict).toBe('not_determined');
    expect(judgeRun(rules, 'end', evidence({ tools: [] })).verdict).toBe('not_determined');
    const gone = { recipe_id: recipe.recipe_id, version: 3, record: null };
    expect(judgeRun(rules, 'end', evidence({ named_recipe: gone })).verdict).toBe('not_determined');
    expect(judgeRun(rules, 'end', ended({ trip: 'unknown' })).verdict).toBe('not_determined');
    expect(judgeRun(rules, 'end', { ...good, ending: null }).verdict).toBe('not_determined');
  });

  it('a wafer left in its process is told, one that saw nothing is not', () => {
    const left = judgeRun(
      rules,
      'end',
      ended({ kind: 'held', reason: 'lost', wafersDone: 1, outcome: null }),
    );
    expect(left.findings.find(({ rule }) => rule === 'exposure')).toMatchObject({
      status: 'failed',
      detail: 'Wafer 2 of 2 was left in its process',
    });
    const untouched = ended({ kind: 'cancelled', exposed: false, wafersDone: 0, outcome: null });
    const { findings } = judgeRun(rules, 'end', untouched);
    expect(findings.find(({ rule }) => rule === 'exposure')?.status).toBe('passed');
    expect(findings.find(({ rule }) => rule === 'interlocks')?.status).toBe('not_applicable');
  });
});

it('no finding makes a verdict better, and the order of the findings does not matter', () => {
  const order = ['compliant', 'compliant_with_warnings', 'not_determined', 'not_compliant'];
  const finding = record({
    rule: constantFrom('a', 'b'),
    title: constantFrom('t'),
    requirement: constantFrom('r'),
    weight: constantFrom('required' as const, 'advised' as const),
    status: constantFrom('passed', 'warning', 'failed', 'not_applicable', 'not_determined'),
    detail: constantFrom('d'),
    evidence: constantFrom({}),
  });
  assert(
    property(array(finding), finding, (some, one) => {
      const rank = (findings: typeof some) => order.indexOf(verdictOf(findings));
      expect(rank([...some, one])).toBeGreaterThanOrEqual(rank(some));
      expect(rank([one, ...some])).toBe(rank([...some, one]));
    }),
  );
});
