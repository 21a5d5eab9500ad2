import { Client } from './client.ts';

const dayMs = 24 * 3_600_000;

/** Puts four tools of each process, their calibrations and one approved SOP of each into an organisation. */
export async function seedFab(url: string, domain?: string): Promise<void> {
  const engineer = await Client.logIn(url, 'engineer', domain);
  const admin = await Client.logIn(url, 'admin', domain);
  for (const [process, prefix] of [
    ['ion', 'IMP'],
    ['rtp', 'RTP'],
  ] as const) {
    for (let number = 1; number <= 4; number += 1) await addTool(admin, process, `${prefix}-0${number}`);
    await addApprovedSop(engineer, admin, process);
  }
}

/** Registers a tool with valid calibrations (or calibrations that ended `endedDays` ago). */
export async function addTool(admin: Client, process: string, id: string, endedDays?: number): Promise<void> {
  expectStatus(await admin.post('/api/equipment', { process, equipment_id: id, name: id }), 201);
  const tool = await admin.get(`/api/equipment/${id}`);
  const types = tool.body['missing_calibrations'] as string[];
  const now = Date.now();
  for (const type of types) {
    const valid_until = new Date(now + (endedDays === undefined ? 365 : -endedDays) * dayMs).toISOString();
    const body = {
      equipment_id: id,
      type,
      performed_at: new Date(now - 400 * dayMs).toISOString(),
      valid_until,
    };
    expectStatus(await admin.post('/api/calibrations', body), 201);
  }
}

async function addApprovedSop(engineer: Client, admin: Client, process: string): Promise<string> {
  const sop = await engineer.post('/api/sops', {
    process,
    title: `${process} standard`,
    hazard_class: 'medium',
  });
  expectStatus(sop, 201);
  const { sop_id, content_hash } = sop.body as { sop_id: string; content_hash: string };
  expectStatus(await admin.post(`/api/sops/${sop_id}/approvals`, { meaning: 'Released', content_hash }), 201);
  return sop_id;
}

function expectStatus(answer: { status: number; body: unknown }, status: number): void {
  if (answer.status !== status) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
}
