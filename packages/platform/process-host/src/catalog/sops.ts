import { and, asc, count, desc, eq, inArray } from 'drizzle-orm';
import type { z } from 'zod';
import { accept, approvalsRequired, refuse } from '@spectra/schemas';
import type { createSopSchema, Result, Sop } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { contentHash } from '../content-hash.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { sopApprovals, sops } from '../tables.ts';

type SopRow = typeof sops.$inferSelect;
type ApprovalRow = typeof sopApprovals.$inferSelect;

/** A signature counts only with a login younger than this. */
const freshLoginMs = 5 * 60_000;

/** The organisation's SOPs of this process, newest first. */
export async function listSops<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<{ limit: number; offset: number }>,
): Promise<Result<{ items: Sop[]; total: number }>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const rows = await tx
      .select()
      .from(sops)
      .orderBy(desc(sops.created_at), desc(sops.sop_id))
      .limit(body.limit)
      .offset(body.offset);
    const [counted] = await tx.select({ total: count() }).from(sops);
    return accept({
      items: await withApprovals(tx, rows, context.definition.id),
      total: counted?.total ?? 0,
    });
  });
}

export async function getSop<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<{ sop_id: string }>,
): Promise<Result<Sop>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const sop = await findSop(tx, body.sop_id, context.definition.id);
    return sop ? accept(sop) : notFound('SOP', body.sop_id);
  });
}

/** Writes a SOP as a draft; it counts once enough people other than its author have approved it. */
export async function createSop<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.infer<typeof createSopSchema>>,
): Promise<Result<Sop>> {
  const content = {
    title: body.title,
    body: body.body,
    hazard_class: body.hazard_class,
    limits: body.limits,
  };
  return context.database.withOrg(caller.orgId, async (tx) => {
    const [row] = await tx
      .insert(sops)
      .values({ org_id: caller.orgId, ...content, content_hash: contentHash(content), author: caller.userId })
      .returning();
    if (!row) throw new Error('the insert of a SOP returned no row');
    return accept(toSop(row, [], context.definition.id));
  });
}

/**
 * Signs a SOP. Refused for its author, for a second signature of the same person, for content that is not what the
 * signer states, and for a login older than five minutes.
 */
export async function approveSop<T extends ProcessTypes>(
  context: ServiceContext<T>,
  {
    caller,
    body,
  }: Asked<{ sop_id: string; meaning: string; content_hash: string; authenticated_at: string }>,
): Promise<Result<Sop>> {
  const ageMs = context.clock.nowMs() - Date.parse(body.authenticated_at);
  if (ageMs > freshLoginMs) {
    return refuse(
      'fresh_login_required',
      `The login is ${Math.round(ageMs / 1000)} s old; 300 s is the limit`,
    );
  }
  return context.database.withOrg(caller.orgId, async (tx) => {
    // Locked, so that two last signatures cannot both miss the change to "approved".
    const [row] = await tx.select().from(sops).where(eq(sops.sop_id, body.sop_id)).for('update');
    if (!row) return notFound('SOP', body.sop_id);
    if (row.author === caller.userId) return refuse('permission_denied', 'Nobody approves what they wrote');
    if (row.content_hash !== body.content_hash) {
      return refuse('conflict', `The SOP's content hash is ${row.content_hash}, not the one that was signed`);
    }
    const [signed] = await tx
      .insert(sopApprovals)
      .values({
        org_id: caller.orgId,
        sop_id: row.sop_id,
        approver: caller.userId,
        meaning: body.meaning,
        content_hash: body.content_hash,
        authenticated_at: new Date(body.authenticated_at),
      })
      .onConflictDoNothing()
      .returning();
    if (!signed) return refuse('conflict', 'You have signed this SOP already');
    return accept(await approvedIfEnough(tx, row, context.definition.id));
  });
}

/** A SOP with its approvals, or undefined. */
export async function findSop(tx: Transaction, sopId: string, process: string): Promise<Sop | undefined> {
  const rows = await tx.select().from(sops).where(eq(sops.sop_id, sopId));
  return (await withApprovals(tx, rows, process))[0];
}

/** Approved SOPs, newest first. */
export async function approvedSops(tx: Transaction, orgId: string, process: string): Promise<Sop[]> {
  const rows = await tx
    .select()
    .from(sops)
    .where(and(eq(sops.org_id, orgId), eq(sops.status, 'approved')))
    .orderBy(desc(sops.created_at), desc(sops.sop_id));
  return withApprovals(tx, rows, process);
}

async function approvedIfEnough(tx: Transaction, row: SopRow, process: string): Promise<Sop> {
  const [sop] = await withApprovals(tx, [row], process);
  if (!sop) throw new Error('a SOP without a row');
  if (sop.status !== 'draft' || sop.approvals.length < sop.approvals_required) return sop;
  await tx.update(sops).set({ status: 'approved' }).where(eq(sops.sop_id, row.sop_id));
  return { ...sop, status: 'approved' };
}

async function withApprovals(tx: Transaction, rows: readonly SopRow[], process: string): Promise<Sop[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.sop_id);
  const approvals = await tx
    .select()
    .from(sopApprovals)
    .where(inArray(sopApprovals.sop_id, ids))
    .orderBy(asc(sopApprovals.approved_at));
  return rows.map((row) =>
    toSop(
      row,
      approvals.filter((approval) => approval.sop_id === row.sop_id),
      process,
    ),
  );
}

function toSop(row: SopRow, approvals: readonly ApprovalRow[], process: string): Sop {
  return {
    sop_id: row.sop_id,
    process,
    title: row.title,
    body: row.body,
    hazard_class: row.hazard_class,
    limits: row.limits,
    content_hash: row.content_hash,
    status: row.status,
    author: row.author,
    approvals: approvals.map((approval) => ({
      approver: approval.approver,
      meaning: approval.meaning,
      content_hash: approval.content_hash,
      authenticated_at: approval.authenticated_at.toISOString(),
      approved_at: approval.approved_at.toISOString(),
    })),
    approvals_required: approvalsRequired[row.hazard_class],
    created_at: row.created_at.toISOString(),
  };
}
