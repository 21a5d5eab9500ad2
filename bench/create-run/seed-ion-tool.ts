import type { Bootstrap } from '@spectra/schemas';

/** Signs in, adds four calibrated implanters and an approved SOP; answers the engineer's access token. */
export async function seedIonTool(base: string, accounts: Bootstrap): Promise<string> {
  const tokens = new Map<string, string>();
  for (const { role, email, password } of accounts.users) {
    const answer = await call(base, { method: 'POST', path: '/api/auth/login', body: { email, password } });
    tokens.set(role, String(answer['access_token']));
  }
  const as = (role: string) => ({ token: tokens.get(role) ?? '' });
  const validity = { performed_at: '2020-01-01T00:00:00Z', valid_until: '2090-01-01T00:00:00Z' };
  for (const number of [1, 2, 3, 4]) {
    const equipment_id = `IMP-0${number}`;
    await call(base, {
      ...as('engineer'),
      method: 'POST',
      path: '/api/equipment',
      body: { process: 'ion', equipment_id, name: equipment_id },
    });
    const tool = await call(base, {
      ...as('engineer'),
      method: 'GET',
      path: `/api/equipment/${equipment_id}`,
    });
    for (const type of tool['missing_calibrations'] as string[]) {
      const body = { equipment_id, type, ...validity };
      await call(base, { ...as('engineer'), method: 'POST', path: '/api/calibrations', body });
    }
  }
  const sop = await call(base, {
    ...as('engineer'),
    method: 'POST',
    path: '/api/sops',
    body: { process: 'ion', title: 'Implants', hazard_class: 'medium' },
  });
  await call(base, {
    ...as('admin'),
    method: 'POST',
    path: `/api/sops/${String(sop['sop_id'])}/approvals`,
    body: { meaning: 'Reviewed and approved', content_hash: sop['content_hash'] },
  });
  return as('engineer').token;
}

async function call(
  base: string,
  request: { method: string; path: string; token?: string; body?: unknown },
): Promise<Record<string, unknown>> {
  const answer = await fetch(base + request.path, {
    method: request.method,
    headers: {
      ...(request.token === undefined ? {} : { authorization: `Bearer ${request.token}` }),
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${request.method} ${request.path} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
