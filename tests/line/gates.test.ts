import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addPerson, expectStatus, sign, submitRecipe, writeSop } from './approvals.ts';
import type { Approvable, Person } from './approvals.ts';
import { Client } from './client.ts';
import { startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { implantExample, shortAnneal } from './recipes.ts';
import { addTool, seedFab } from './seed.ts';
import { until } from './until.ts';

let platform: Platform;
let admin: Client;
let engineer: Client;
let second: Person;

beforeAll(async () => {
  platform = await startPlatform();
  await seedFab(platform.url);
  admin = await Client.logIn(platform.url, 'admin');
  engineer = await Client.logIn(platform.url, 'engineer');
  second = await addPerson(admin, 'second');
}, 120_000);
afterAll(() => platform.close());

type AuditEntry = { action: string; path: string; outcome: string; reason: string | null };

/** The reason under which a request to a path was refused, from the audit trail. */
function auditedRefusal(path: string, outcome: string, reason: RegExp): Promise<AuditEntry> {
  return until(`the audit has ${outcome} of ${path}`, async () => {
    const { body } = await admin.get('/api/audit?limit=100');
    const entries = body['entries'] as AuditEntry[];
    return entries.find(
      (entry) => entry.path === path && entry.outcome === outcome && reason.test(entry.reason ?? ''),
    );
  });
}

async function approvedSop(hazardClass: string): Promise<Approvable> {
  const sop = await writeSop(engineer, hazardClass);
  expectStatus(await sign(admin, sop), 201);
  if (hazardClass === 'high') expectStatus(await sign(second.client, sop), 201);
  return sop;
}

describe('two people approve what is dangerous, and neither wrote it', () => {
  let recipe: Approvable;
  const signing = () => `/api/recipes/${recipe.id}/approvals`;
  const runIt = (more: Record<string, unknown> = {}) =>
    engineer.post('/api/ion/runs', { recipe_id: recipe.id, wafer_id: 'W1', time_scale: 0, ...more });

  test('the author cannot approve, and the attempt is on record', async () => {
    const sop = await approvedSop('high');
    recipe = await submitRecipe(engineer, 'Dangerous well', sop.id);
    const refused = await sign(engineer, recipe);
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({
      code: 'permission_denied',
      detail: 'Nobody approves what they wrote',
    });
    await auditedRefusal(signing(), '403', /permission_denied: Nobody approves what they wrote/);
  });

  test('nor can an operator or a program, and their attempts are on record', async () => {
    const operator = await Client.logIn(platform.url, 'operator');
    expect((await sign(operator, recipe)).status).toBe(403);
    await auditedRefusal(signing(), '403', /permission_denied: Permission denied: recipe:approve/);
    const key = await admin.post('/api/auth/api-keys', {
      name: 'robot',
      role: 'engineer',
      scopes: ['recipe:approve'],
    });
    const robot = new Client(platform.url, String(key.body['api_key']));
    const refused = await sign(robot, recipe);
    expect(refused.body).toMatchObject({ status: 403, code: 'fresh_login_required' });
    await auditedRefusal(signing(), '403', /fresh_login_required: A program cannot sign/);
  });

  test('one signature of two does not suffice, and the same person cannot give both', async () => {
    const signed = await sign(admin, recipe);
    expect(signed.body).toMatchObject({ status: 'submitted', approvals_required: 2 });
    expect((await sign(admin, recipe)).status).toBe(409);
    await auditedRefusal(signing(), '409', /You have signed this recipe already/);
    const refused = await runIt();
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      code: 'recipe_not_approved',
      detail: expect.stringContaining('is submitted'),
    });
    await auditedRefusal('/api/ion/runs', '409', /recipe_not_approved: Version 1 .* is submitted/);
  });

  test('a change voids the signature, keeps it, and the old content cannot be signed any more', async () => {
    const changes = { energy_kev: 45 };
    const next = await engineer.post(`/api/recipes/${recipe.id}/versions`, { changes });
    expect(next.status).toBe(201);
    const versions = await engineer.get(`/api/recipes/${recipe.id}/versions`);
    const [, old] = versions.body['recipes'] as Record<string, unknown>[];
    expect(old).toMatchObject({
      status: 'superseded',
      approvals: [],
      voided_approvals: [{ voided_reason: 'changed by version 2', voided_at: expect.any(String) }],
    });
    expectStatus(await engineer.post(`/api/recipes/${recipe.id}/submit`, {}), 200);
    expect((await sign(second.client, recipe)).status).toBe(409);
    await auditedRefusal(signing(), '409', /content hash is .* not the one that was signed/);
    recipe = { ...recipe, hash: String(next.body['content_hash']) };
    const diff = await engineer.get(`/api/recipes/${recipe.id}/diff?from=1&to=2`);
    expect(diff.body['changes']).toMatchObject([{ text: 'energy_kev: 40 keV → 45 keV (+12.5 %)' }]);
  });

  test('signed by two others it runs, and the run keeps which version it was', async () => {
    expectStatus(await sign(admin, recipe), 201);
    expect((await sign(second.client, recipe)).body).toMatchObject({ status: 'approved' });
    const created = await runIt();
    expect(created.status, JSON.stringify(created.body)).toBe(202);
    const done = await engineer.waitForRun('ion', String(created.body['run_id']));
    expect(done).toMatchObject({
      status: 'completed',
      recipe_id: recipe.id,
      recipe_version: 2,
      recipe: { energy_kev: 45 },
    });
  });

  test('a recipe of another organisation is not there, and both forms at once are refused by field', async () => {
    const both = await engineer.post('/api/ion/runs', { ...implantExample, recipe_id: recipe.id });
    expect(both.status).toBe(422);
    expect(both.body['errors']).toMatchObject([{ path: 'recipe_id' }]);
    const none = await runIt({ recipe_id: '99999999-9999-4999-8999-999999999999' });
    expect(none.status).toBe(404);
  });
});

test('an expired calibration is refused with which and since when, and the refusal is on record', async () => {
  await addTool(admin, 'ion', 'IMP-EXPIRED', 3);
  const refused = await engineer.post('/api/ion/runs', { ...implantExample, equipment_id: 'IMP-EXPIRED' });
  expect(refused.body).toMatchObject({ status: 409, code: 'calibration_expired' });
  await auditedRefusal('/api/ion/runs', '409', /calibration_expired: .*IMP-EXPIRED.* expired at \d{4}-/);
});

describe('what changed between queue and start holds the run, and the tool never hears of it', () => {
  /** Queues a run behind a slow one on its own tool, changes something, and lets the tool come free. */
  async function heldAfter(options: {
    tool: string;
    run: Record<string, unknown>;
    change: () => Promise<void>;
  }): Promise<{ runId: string; jobId: string; reason: string }> {
    const { tool, run, change } = options;
    const blocker = await engineer.startRun('ion', { ...implantExample, equipment_id: tool, time_scale: 1 });
    await engineer.waitForRun('ion', blocker.runId, ['running']);
    const waiting = await engineer.startRun('ion', { equipment_id: tool, time_scale: 0, ...run });
    await change();
    expectStatus(await admin.post(`/api/ion/runs/${blocker.runId}/abort`, {}), 202);
    const held = await engineer.waitForRun('ion', waiting.runId);
    expect(held['status']).toBe('held');
    expect(platform.journal(tool).filter((line) => line.run_id === waiting.runId)).toEqual([]);
    return { ...waiting, reason: String(held['held_reason']) };
  }

  async function approvedRecipe(name: string, approver: Client): Promise<Approvable> {
    const recipe = await submitRecipe(engineer, name, (await approvedSop('low')).id);
    expectStatus(await sign(approver, recipe), 201);
    return recipe;
  }

  test('the recipe was retired', async () => {
    const recipe = await approvedRecipe('Retired well', second.client);
    const { reason } = await heldAfter({
      tool: 'IMP-01',
      run: { recipe_id: recipe.id, wafer_id: 'W1' },
      change: async () => {
        const body = { reason: 'wrong dose for this layer' };
        expectStatus(await admin.post(`/api/recipes/${recipe.id}/retire`, body), 200);
      },
    });
    expect(reason).toMatch(/Not started: .*"Retired well" is retired \(wrong dose for this layer\)/);
  });

  test('a calibration ran out', async () => {
    await addTool(admin, 'ion', 'IMP-SOON', -1);
    const tool = await admin.get('/api/equipment/IMP-SOON');
    const [calibration] = tool.body['calibrations'] as { type: string }[];
    const endsAt = Date.now() + 6_000;
    const short = {
      equipment_id: 'IMP-SOON',
      type: calibration?.type,
      performed_at: new Date(Date.now() - 1_000).toISOString(),
      valid_until: new Date(endsAt).toISOString(),
    };
    const { reason } = await heldAfter({
      tool: 'IMP-SOON',
      run: implantExample,
      change: async () => {
        expectStatus(await admin.post('/api/calibrations', { ...short }), 201);
        await until('the calibration has run out', () => Date.now() > endsAt);
      },
    });
    expect(reason).toMatch(/Not started: Equipment IMP-SOON: the .* calibration expired at \d{4}-/);
  });

  test('an approver was deactivated', async () => {
    const leaver = await addPerson(admin, 'leaver', 'engineer');
    const recipe = await approvedRecipe('Orphaned well', leaver.client);
    const held = await heldAfter({
      tool: 'IMP-03',
      run: { recipe_id: recipe.id, wafer_id: 'W1' },
      change: async () => {
        const answer = await admin.patch(`/api/auth/users/${leaver.userId}`, { disabled: true });
        expectStatus(answer, 200);
      },
    });
    const { reason } = held;
    expect(reason).toMatch(/Not started: .*"Orphaned well" lacks 1 of 1 approvals/);
    expect(reason).toContain(leaver.userId);
    // Somebody stands in for the one who left, and the run goes on from where it was held.
    expectStatus(await sign(second.client, recipe), 201);
    const decision = { decision: 'resume', comment: 'signed anew' };
    expectStatus(await admin.post(`/api/jobs/${held.jobId}/resolve`, decision), 200);
    const ended = await engineer.waitForRun('ion', held.runId, ['completed', 'failed', 'cancelled']);
    expect(ended).toMatchObject({ status: 'completed', recipe_id: recipe.id });
  });

  test('the tool went into maintenance', async () => {
    const { reason } = await heldAfter({
      tool: 'IMP-04',
      run: implantExample,
      change: async () => {
        const body = { status: 'maintenance', reason: 'source change' };
        expectStatus(await admin.post('/api/equipment/IMP-04/status', body), 200);
      },
    });
    expect(reason).toMatch(/Not started: Equipment IMP-04 is in maintenance since .* \(source change\)/);
    const { body } = await admin.get('/api/equipment/IMP-04/events');
    expect(body['events']).toMatchObject([{ kind: 'maintenance', reason: 'source change' }]);
  });
});

test('a run whose tool went into maintenance is done by another of its tools, and nobody has to act', async () => {
  const status = (tool: string, to: string) =>
    admin.post(`/api/equipment/${tool}/status`, { status: to, reason: 'lamps are changed' });
  for (const tool of ['RTP-03', 'RTP-04']) expectStatus(await status(tool, 'out_of_service'), 200);
  const anneal = (more: Record<string, unknown>) => engineer.startRun('rtp', { ...shortAnneal, ...more });
  const abort = async ({ runId }: { runId: string }) =>
    expectStatus(await admin.post(`/api/rtp/runs/${runId}/abort`, {}), 202);
  const first = await anneal({ equipment_id: 'RTP-01', time_scale: 1 });
  const other = await anneal({ equipment_id: 'RTP-02', time_scale: 1 });
  for (const { runId } of [first, other]) await engineer.waitForRun('rtp', runId, ['running']);
  const waiting = await anneal({ time_scale: 0 });
  expectStatus(await status('RTP-01', 'maintenance'), 200);
  await abort(first);
  await until('the run waits for the other tool', async () => {
    const { body } = await engineer.get(`/api/rtp/runs/${waiting.runId}`);
    return /in maintenance .*; it waits for RTP-02$/.test(String(body['current_step']));
  });
  await abort(other);
  const done = await engineer.waitForRun('rtp', waiting.runId);
  expect(done).toMatchObject({ status: 'completed', equipment_id: 'RTP-02', attempt: 2 });
  expect(platform.journal('RTP-01').filter((line) => line.run_id === waiting.runId)).toEqual([]);
  for (const tool of ['RTP-01', 'RTP-03', 'RTP-04']) expectStatus(await status(tool, 'in_service'), 200);
});

test('the audit trail is one unbroken chain after all of this', async () => {
  expect((await admin.get('/api/audit/verification')).body).toMatchObject({ intact: true });
});
