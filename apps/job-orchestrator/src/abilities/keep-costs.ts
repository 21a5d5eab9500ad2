import {
  accept,
  refuse,
  type Caller,
  type CostEntry,
  type costsRpc,
  type CostSum,
  type RatesVersion,
  type Result,
} from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { sumCosts, totalCosts } from '../core/price.ts';
import { readCostEntries, readCostParts, readRates } from '../store/cost-rows.ts';

type Body<Name extends keyof typeof costsRpc> = z.output<(typeof costsRpc)[Name]['request']>;

/** What the organisation's ended attempts of a span of time took and cost, in groups and together. */
export async function getCosts(
  { database }: AbilityContext,
  { orgId }: Caller,
  { from, to, group_by: groupBy }: Body<'sumCosts'>,
): Promise<Result<{ groups: CostSum[]; total: CostSum }>> {
  const parts = await database.withOrg(orgId, (tx) => readCostParts(tx, orgId, { from, to, groupBy }));
  return accept({ groups: sumCosts(parts), total: totalCosts(parts) });
}

/** Rows of the ledger, latest first. */
export async function getCostEntries(
  { database }: AbilityContext,
  { orgId }: Caller,
  { job_id: jobId, run_id: runId, limit, offset }: Body<'listCostEntries'>,
): Promise<Result<{ items: CostEntry[]; total: number }>> {
  const query = { jobId, runId, limit, offset };
  return accept(await database.withOrg(orgId, (tx) => readCostEntries(tx, orgId, query)));
}

/** Adds a row that corrects one of the ledger; the corrected row stays as it was written. */
export async function correctCost(
  { database, newId }: AbilityContext,
  { orgId, userId }: Caller,
  body: Body<'correctCost'>,
): Promise<Result<CostEntry>> {
  const entryId = newId();
  return database.withOrg(orgId, async (tx) => {
    const added = await tx.execute(sql`
      insert into cost_entries (entry_id, org_id, kind, job_id, attempt, run_id, process, job_type, tool_name,
        equipment_id, user_id, ended_at, ending, tool_s, compute_s, runs, wafers, gas_sl, energy_kwh, corrects,
        reason, created_by)
      select ${entryId}::uuid, org_id, 'correction', job_id, attempt, run_id, process, job_type, tool_name,
        equipment_id, user_id, ended_at, ending, ${body.tool_hours * 3600}::float8, ${body.compute_seconds}::float8,
        ${body.runs}::int, ${body.wafers}::int, ${body.gas_standard_litres ?? null}::float8,
        ${body.energy_kwh ?? null}::float8, entry_id, ${body.reason}::text, ${userId}::text
      from cost_entries where entry_id = ${body.entry_id} and org_id = ${orgId} and kind = 'attempt'`);
    if (added.rowCount === 0) return refuse('not_found', 'There is no such entry to correct');
    const { items } = await readCostEntries(tx, orgId, { entryId, limit: 1, offset: 0 });
    const [entry] = items;
    return entry === undefined ? refuse('not_found', 'There is no such entry to correct') : accept(entry);
  });
}

/** Sets what units cost from now on; what ended before keeps its price. */
export async function setRates(
  { database }: AbilityContext,
  { orgId, userId }: Caller,
  rates: Body<'setRates'>,
): Promise<Result<RatesVersion>> {
  return database.withOrg(orgId, async (tx) => {
    // One at a time for an organisation: versions have no hole and their times are in order.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`rates ${orgId}`}, 0))`);
    await tx.execute(sql`
      insert into cost_rates (org_id, version, effective_from, rates, created_by)
      select ${orgId}::uuid, coalesce(max(version), 0) + 1, clock_timestamp(), ${JSON.stringify(rates)}::jsonb, ${userId}::text
      from cost_rates where org_id = ${orgId}`);
    const [latest] = await readRates(tx, orgId);
    if (latest === undefined) throw new Error('rates were written and are not there');
    return accept(latest);
  });
}

/** Every version of the rates, latest first. */
export async function getRates(
  { database }: AbilityContext,
  { orgId }: Caller,
): Promise<Result<{ versions: RatesVersion[] }>> {
  return accept({ versions: await database.withOrg(orgId, (tx) => readRates(tx, orgId)) });
}
