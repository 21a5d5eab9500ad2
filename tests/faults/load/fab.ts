import type { FabClient } from './fab-client.ts';

const dayMs = 24 * 3_600_000;

/** Puts the tools of each organisation on its floor, calibrated, and one approved SOP of each process. */
export async function furnish(engineers: readonly FabClient[], admins: readonly FabClient[]): Promise<void> {
  for (const [index, engineer] of engineers.entries()) {
    const admin = admins[index];
    if (admin === undefined) throw new Error('each organisation needs an administrator');
    for (const { process, id } of engineer.organisation.tools) await addTool(admin, process, id);
    for (const process of ['ion', 'rtp']) await addApprovedSop(engineer, admin, process);
  }
}

async function addTool(admin: FabClient, process: string, id: string): Promise<void> {
  await made(admin, '/api/equipment', { process, equipment_id: id, name: id });
  const tool = await admin.get(`/api/equipment/${id}`);
  for (const type of tool.body['missing_calibrations'] as string[]) {
    await made(admin, '/api/calibrations', {
      equipment_id: id,
      type,
      performed_at: new Date(Date.now() - 10 * dayMs).toISOString(),
      valid_until: new Date(Date.now() + 365 * dayMs).toISOString(),
    });
  }
}

async function addApprovedSop(engineer: FabClient, admin: FabClient, process: string): Promise<void> {
  const sop = await made(engineer, '/api/sops', {
    process,
    title: `${process} standard`,
    hazard_class: 'medium',
  });
  const { sop_id: id, content_hash } = sop;
  await made(admin, `/api/sops/${String(id)}/approvals`, { meaning: 'Released', content_hash });
}

async function made(client: FabClient, path: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await client.send('POST', path, body);
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
