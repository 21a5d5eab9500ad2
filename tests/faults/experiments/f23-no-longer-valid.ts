import { randomUUID } from 'node:crypto';
import { readJournals } from '../evidence/read-files.ts';
import { FabClient } from '../load/fab-client.ts';
import { password } from '../platform/environments.ts';
import { pause, until } from '../until.ts';
import type { Experiment, Round } from './experiment.ts';

const implant = {
  species: 'P',
  energy_kev: 40,
  dose_atoms_cm2: 2e14,
  beam_current_ma: 5,
  scan_speed_mm_s: 50,
};
const calibratedForMs = 20_000;

/** What was valid at the submit is not any more at the start: the run is held and says why, and no tool ever sees it. */
export const noLongerValid: Experiment = {
  id: 'F23',
  title: 'recipe retired, calibration expired, approver deactivated in the queue',
  load: { spreadMs: 3_000 },
  async strike(round) {
    const { draw, note } = round;
    const [engineer] = round.engineers;
    const [admin] = round.admins;
    if (engineer === undefined || admin === undefined) throw new Error('nobody is signed in');
    const what = draw.oneOf(['recipe retired', 'calibration expired', 'approver deactivated'] as const);
    const tool = `IMP-${draw.between(10_000, 99_999)}`;
    await addTool(admin, tool, what === 'calibration expired' ? calibratedForMs : 365 * 86_400_000);
    const addedMs = performance.now();
    const queued = await prepare(what, { engineer, admin, round });
    const blocker = await start(round, engineer, { ...implant, equipment_id: tool, time_scale: 1 });
    const waiting = await start(round, engineer, { ...queued.body, equipment_id: tool, time_scale: 0 });
    await until('the first run is on the tool', () => isLoaded(round, blocker), 20_000);
    await pause(draw.between(0, 1_000));
    await queued.change();
    if (what === 'calibration expired')
      await pause(Math.max(0, calibratedForMs - (performance.now() - addedMs)) + 200);
    await engineer.repeat('DELETE', `/api/ion/runs/${blocker}`);
    const held = await until('the second run is decided', () => decided(engineer, waiting), 60_000);
    note(what);
    note(held.status === 'held' ? 'held with a reason' : `the run is ${held.status}`);
    note(isLoaded(round, waiting) ? 'it was on the tool' : 'never on a tool');
  },
  proof: ({ notes }) => ({
    'held with a reason': notes['held with a reason'] ?? 0,
    'never on a tool': notes['never on a tool'] ?? 0,
  }),
  breaches: ({ notes }) => Object.keys(notes).filter((name) => /^(the run is|it was on)/.test(name)),
};

type Stand = { engineer: FabClient; admin: FabClient; round: Round };

/** The body of the run that will wait, and what happens to its ground while it does. */
async function prepare(
  what: 'recipe retired' | 'calibration expired' | 'approver deactivated',
  stand: Stand,
): Promise<{ body: Record<string, unknown>; change: () => Promise<void> }> {
  const { engineer, admin } = stand;
  if (what === 'calibration expired') return { body: implant, change: async () => undefined };
  if (what === 'recipe retired') {
    const sopId = await approvedSop(engineer, admin);
    const recipe = await ok(engineer, 'POST', '/api/recipes', {
      process: 'ion',
      name: `well ${randomUUID().slice(0, 8)}`,
      sop_id: sopId,
      recipe: implant,
    });
    const path = `/api/recipes/${String(recipe['recipe_id'])}`;
    const submitted = await ok(engineer, 'POST', `${path}/submit`, {});
    const signature = { meaning: 'Released', content_hash: submitted['content_hash'] };
    await signedInAnew(admin);
    await ok(admin, 'POST', `${path}/approvals`, signature);
    return {
      body: { recipe_id: recipe['recipe_id'] },
      change: async () => void (await ok(admin, 'POST', `${path}/retire`, { reason: 'not for this layer' })),
    };
  }
  const approver = await newApprover(stand);
  const sopId = await approvedSop(engineer, approver.client);
  return {
    body: { ...implant, sop_id: sopId },
    change: async () =>
      void (await ok(admin, 'PATCH', `/api/auth/users/${approver.userId}`, { disabled: true })),
  };
}

async function newApprover({ admin, round }: Stand): Promise<{ client: FabClient; userId: string }> {
  const name = `approver-${randomUUID().slice(0, 8)}`;
  const { organisation } = admin;
  const body = { username: name, email: `${name}@${organisation.domain}`, password, role: 'admin' };
  const made = await ok(admin, 'POST', '/api/auth/register', body);
  const client = new FabClient(round.platform.url, organisation, name, admin.history);
  await client.logIn();
  return { client, userId: String(made['user_id']) };
}

/** A signature needs a fresh sign-in. */
async function signedInAnew(client: FabClient): Promise<void> {
  await client.logIn();
}

async function approvedSop(author: FabClient, approver: FabClient): Promise<string> {
  const sop = await ok(author, 'POST', '/api/sops', {
    process: 'ion',
    title: `SOP ${randomUUID().slice(0, 8)}`,
    hazard_class: 'medium',
  });
  await signedInAnew(approver);
  const signature = { meaning: 'Released', content_hash: sop['content_hash'] };
  await ok(approver, 'POST', `/api/sops/${String(sop['sop_id'])}/approvals`, signature);
  return String(sop['sop_id']);
}

async function addTool(admin: FabClient, id: string, calibratedMs: number): Promise<void> {
  await ok(admin, 'POST', '/api/equipment', { process: 'ion', equipment_id: id, name: id });
  const tool = await admin.get(`/api/equipment/${id}`);
  const validUntil = new Date(Date.now() + calibratedMs).toISOString();
  for (const type of tool.body['missing_calibrations'] as string[])
    await ok(admin, 'POST', '/api/calibrations', {
      equipment_id: id,
      type,
      performed_at: new Date(Date.now() - 86_400_000).toISOString(),
      valid_until: validUntil,
    });
}

/** Starts a run and holds it to the promises of all accepted jobs. */
async function start({ adopt }: Round, client: FabClient, recipe: Record<string, unknown>): Promise<string> {
  const key = randomUUID();
  const body = { ...recipe, wafer_id: 'W1' };
  const answer = await client.repeat('POST', '/api/ion/runs', body, key);
  if (answer.status !== 202) throw new Error(`a run was refused: ${JSON.stringify(answer.body)}`);
  const runId = String(answer.body['run_id']);
  adopt({
    orgId: client.organisation.orgId,
    kind: 'ion',
    jobId: String(answer.body['job_id']),
    runId,
    idempotencyKey: key,
    dosePerCm2: implant.dose_atoms_cm2,
    wafers: 1,
  });
  return runId;
}

async function decided(client: FabClient, runId: string): Promise<{ status: string } | null> {
  const { body } = await client.get(`/api/ion/runs/${runId}`);
  const status = String(body['status']);
  return ['held', 'completed', 'failed', 'cancelled'].includes(status) ? { status } : null;
}

function isLoaded({ platform }: Round, runId: string): boolean {
  return readJournals(platform.journalsFolder).some(({ lines }) =>
    lines.some((line) => line.run_id === runId && line.event === 'loaded'),
  );
}

async function ok(
  client: FabClient,
  method: string,
  path: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const answer = await client.send(method, path, body);
  if (answer.status === null || answer.status >= 300)
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
