import { Client } from './client.ts';
import type { Answer } from './client.ts';
import { organisations, password } from './platform.ts';
import { implantExample } from './recipes.ts';

/** A recipe or SOP as the API answers it. */
export interface Approvable {
  readonly kind: 'sops' | 'recipes';
  readonly id: string;
  readonly hash: string;
}

export type Person = { client: Client; userId: string };

/** Adds a person to the organisation and logs them in. */
export async function addPerson(admin: Client, name: string, role = 'admin'): Promise<Person> {
  const email = `${name}@${organisations.ours.domain}`;
  const added = await admin.post('/api/auth/register', { username: name, email, password, role });
  expectStatus(added, 201);
  return { client: await Client.logIn(admin.url, name), userId: String(added.body['user_id']) };
}

export async function writeSop(author: Client, hazard_class: string): Promise<Approvable> {
  const sop = await author.post('/api/sops', { process: 'ion', title: `${hazard_class} SOP`, hazard_class });
  expectStatus(sop, 201);
  return { kind: 'sops', id: String(sop.body['sop_id']), hash: String(sop.body['content_hash']) };
}

/** Writes a recipe under a SOP and lays it before its approvers. */
export async function submitRecipe(author: Client, name: string, sopId: string): Promise<Approvable> {
  const { wafer_id: _wafer, lot_id: _lot, comments: _comments, ...recipe } = implantExample;
  const written = await author.post('/api/recipes', { process: 'ion', name, recipe, sop_id: sopId });
  expectStatus(written, 201);
  const id = String(written.body['recipe_id']);
  expectStatus(await author.post(`/api/recipes/${id}/submit`, {}), 200);
  return { kind: 'recipes', id, hash: String(written.body['content_hash']) };
}

/** Signs, or tries to. */
export function sign(approver: Client, { kind, id, hash }: Approvable): Promise<Answer> {
  const body = { meaning: 'Reviewed and approved', content_hash: hash };
  return approver.post(`/api/${kind}/${id}/approvals`, body);
}

export function expectStatus(answer: Answer, status: number): void {
  if (answer.status !== status) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
}
