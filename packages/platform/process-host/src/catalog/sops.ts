import type { z } from 'zod';
import { accept, approvalsRequired, refuse, sopContentSchema } from '@spectra/schemas';
import type { createSopSchema, createSopVersionSchema, Result, Sop, SopContent } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { rejectVersion, retireDocument, retireVersion } from '../documents/decide-version.ts';
import {
  findVersion,
  listLatest,
  listVersions,
  lockVersion,
  versionsInForce,
} from '../documents/find-versions.ts';
import { signVersion } from '../documents/sign-version.ts';
import { versionFacts } from '../documents/version-record.ts';
import type { VersionRecord } from '../documents/version-record.ts';
import { createDocument, createVersion } from '../documents/write-version.ts';
import { checkSopLimits } from './sop-limits.ts';
import { givenSignature, handOf, sopAddress } from './document-requests.ts';
import type { AskedSignature, AskedVersion } from './document-requests.ts';
import { sopBoundErrors } from '../run-to-run/sop-bounds.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';

interface OneSop {
  sop_id: string;
}

/** The organisation's SOPs of this process in their newest version, the youngest SOP first. */
export async function listSops<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<{ limit: number; offset: number }>,
): Promise<Result<{ items: Sop[]; total: number }>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const { records, total } = await listLatest(tx, { kind: 'sop', ...body });
    return accept({ items: records.map((record) => toSop(record, context.definition.id)), total });
  });
}

export async function listSopVersions<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<OneSop & { limit: number; offset: number }>,
): Promise<Result<{ items: Sop[]; total: number }>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const { records, total } = await listVersions(tx, sopAddress(caller.orgId, body.sop_id), body);
    if (total === 0) return notFound('SOP', body.sop_id);
    return accept({ items: records.map((record) => toSop(record, context.definition.id)), total });
  });
}

export async function getSop<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<OneSop & AskedVersion>,
): Promise<Result<Sop>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const address = sopAddress(caller.orgId, body.sop_id);
    const record = await findVersion(tx, address, body.version ?? 'latest');
    return record ? accept(toSop(record, context.definition.id)) : notFound('SOP', body.sop_id);
  });
}

/** Writes a SOP as a draft; it counts once enough people other than its author have approved it. */
export async function createSop<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.infer<typeof createSopSchema>>,
): Promise<Result<Sop>> {
  const { process: _process, comment, ...content } = body;
  const errors = sopBoundErrors(context.definition, body);
  if (errors.length > 0) return refuse('validation_failed', 'The SOP is not usable', errors);
  const usable = checkSopLimits(content.limits, context.definition.recipe.limitRanges);
  if (!usable.ok) return usable;
  const hand = handOf(context, caller, comment);
  return context.database.withOrg(caller.orgId, async (tx) => {
    const draft = { orgId: caller.orgId, kind: 'sop' as const, name: body.title, content };
    const created = await createDocument(tx, draft, hand);
    return created.ok ? accept(toSop(created.value, context.definition.id)) : created;
  });
}

/** The next version: what is given changes. The version in force stays in force until the new one is approved. */
export async function createSopVersion<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<OneSop & z.infer<typeof createSopVersionSchema>>,
): Promise<Result<Sop>> {
  const { sop_id: sopId, comment, ...changes } = body;
  const errors = sopBoundErrors(context.definition, body);
  if (errors.length > 0) return refuse('validation_failed', 'The SOP is not usable', errors);
  return context.database.withOrg(caller.orgId, async (tx) => {
    const latest = await lockVersion(tx, sopAddress(caller.orgId, sopId), 'latest');
    if (!latest) return notFound('SOP', sopId);
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const content = sopContentSchema.parse({ ...contentOf(latest), ...given });
    const usable = checkSopLimits(content.limits, context.definition.recipe.limitRanges);
    if (!usable.ok) return usable;
    const hand = handOf(context, caller, comment);
    const created = await createVersion(tx, { latest, base: latest }, content, hand);
    return created.ok ? accept(toSop(created.value, context.definition.id)) : created;
  });
}

/** Signs a SOP; `maySign` says when it is refused. */
export function approveSop<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Asked<OneSop & AskedSignature>,
): Promise<Result<Sop>> {
  return change(context, asked, (tx, record) => {
    const required = approvalsRequired[contentOf(record).hazard_class];
    return signVersion(tx, record, givenSignature(context, asked.caller, asked.body), required);
  });
}

/** Turns a version down; the signatures under it are voided. */
export function rejectSop<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Asked<OneSop & AskedVersion & { reason: string }>,
): Promise<Result<Sop>> {
  const decision = { reason: asked.body.reason, hand: handOf(context, asked.caller) };
  return change(context, asked, (tx, record) => rejectVersion(tx, record, decision));
}

/** Takes one version, or the whole SOP, out of use: no run starts under it any more. */
export function retireSop<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Asked<OneSop & AskedVersion & { reason: string }>,
): Promise<Result<Sop>> {
  const decision = { reason: asked.body.reason, hand: handOf(context, asked.caller) };
  const retire = asked.body.version === undefined ? retireDocument : retireVersion;
  return change(context, asked, (tx, record) => retire(tx, record, decision));
}

async function change<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<OneSop & AskedVersion>,
  decide: (tx: Transaction, record: VersionRecord) => Promise<Result<VersionRecord>>,
): Promise<Result<Sop>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const record = await lockVersion(tx, sopAddress(caller.orgId, body.sop_id), body.version ?? 'latest');
    if (!record) return notFound('SOP', body.sop_id);
    const decided = await decide(tx, record);
    return decided.ok ? accept(toSop(decided.value, context.definition.id)) : decided;
  });
}

/** A SOP's version in force or, when none is, its newest one; undefined when there is no such SOP. */
export async function findSop(
  tx: Transaction,
  { orgId, sopId }: { orgId: string; sopId: string },
  process: string,
): Promise<Sop | undefined> {
  const address = sopAddress(orgId, sopId);
  const record = (await findVersion(tx, address, 'in-force')) ?? (await findVersion(tx, address, 'latest'));
  return record && toSop(record, process);
}

/** SOPs in force, newest first. */
export async function sopsInForce(tx: Transaction, orgId: string, process: string): Promise<Sop[]> {
  return (await versionsInForce(tx, orgId, 'sop')).map((record) => toSop(record, process));
}

function contentOf(record: VersionRecord): SopContent {
  return sopContentSchema.parse(record.version.content);
}

function toSop(record: VersionRecord, process: string): Sop {
  const content = contentOf(record);
  return {
    sop_id: record.document.document_id,
    process,
    ...content,
    ...versionFacts(record, approvalsRequired[content.hazard_class]),
  };
}
