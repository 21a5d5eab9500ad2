import { runPrepared, type Transaction } from '@spectra/database';
import type { CostEntry, CostGroup, CostRates, JobType, RatesVersion } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import type { Job } from '../core/job.ts';
import type { CostPart } from '../core/price.ts';
import { nowMsText } from './job-rows.ts';
import { asTime, insertedColumns, sentRows, type NewColumn } from './sent-columns.ts';

/** An attempt that ended, and what it took. */
export type EndedAttempt = {
  job: Pick<Job, 'jobId' | 'orgId' | 'runId' | 'process' | 'jobType' | 'toolName' | 'equipmentId' | 'userId'>;
  attempt: number;
  /** Null where a service answered within the request. */
  workerId: string | null;
  startedMs: number | null;
  endedMs: number;
  ending: string;
  error: string | null;
  tookS: number;
};

const attemptColumns: readonly NewColumn<EndedAttempt>[] = [
  { name: 'job_id', type: 'uuid', of: ({ job }) => job.jobId },
  { name: 'attempt', type: 'int', of: (one) => one.attempt },
  { name: 'org_id', type: 'uuid', of: ({ job }) => job.orgId },
  { name: 'run_id', type: 'text', of: ({ job }) => job.runId },
  { name: 'process', type: 'text', of: ({ job }) => job.process },
  { name: 'job_type', type: 'text', of: ({ job }) => job.jobType },
  { name: 'tool_name', type: 'text', of: ({ job }) => job.toolName },
  { name: 'equipment_id', type: 'text', of: ({ job }) => job.equipmentId },
  { name: 'user_id', type: 'text', of: ({ job }) => job.userId },
  { name: 'worker_id', type: 'text', of: (one) => one.workerId },
  { name: 'started_at', type: 'float8', of: (one) => one.startedMs, write: asTime },
  // The time of the decision may be ahead of the database's by as long as an answer travels; whoever gets the tool
  // next starts by the database's, and no record may show two attempts on a tool at a time.
  {
    name: 'ended_at',
    type: 'float8',
    of: (one) => one.endedMs,
    write: (ms) => asTime(`least(${ms}, ${nowMsText})`),
  },
  { name: 'ending', type: 'text', of: (one) => one.ending },
  { name: 'error', type: 'text', of: (one) => one.error },
  { name: 'tool_s', type: 'float8', of: ({ job, tookS }) => (job.equipmentId === null ? 0 : tookS) },
  { name: 'compute_s', type: 'float8', of: ({ job, tookS }) => (job.equipmentId === null ? tookS : 0) },
];

/** What only an attempt at a run has: the token of its tool, and of a completed one what it processed and used. */
const ofRuns = {
  columns: 'lease_token, runs, wafers, gas_sl, energy_kwh',
  // The outcome was just written by the same transaction.
  values: `l.token, case when r.run_id is null then 0 else 1 end,
    case when r.run_id is null then 0 else jsonb_array_length(r.wafers) end,
    (r.outcome -> 'metrics' ->> 'gas_standard_litres')::float8, (r.outcome -> 'metrics' ->> 'energy_kwh')::float8`,
  joins: `left join runs r on r.run_id = s.run_id and s.ending = 'completed'
    left join equipment_leases l on l.org_id = s.org_id and l.equipment_id = s.equipment_id`,
};
const ofNoRun = { columns: 'runs, wafers', values: '0, 0', joins: '' };

/** Writes who made an attempt that ended, how, and what it took: once for each, in the transaction of its end. */
export async function recordAttempts(
  tx: Transaction,
  ended: readonly EndedAttempt[],
  newId: () => string,
): Promise<void> {
  if (ended.length === 0) return;
  const withRuns = ended.some(({ job }) => job.runId !== null);
  const more = withRuns ? ofRuns : ofNoRun;
  const rows = sentRows([
    { name: 'entry_id', type: 'uuid', values: ended.map(newId) },
    ...attemptColumns.map(({ name, type, of }) => ({ name, type, values: ended.map(of) })),
  ]);
  const { names, written } = insertedColumns(attemptColumns);
  const statement = {
    name: `record-attempts-${withRuns ? 'of-runs-' : ''}${rows.form}`,
    text: `insert into cost_entries (kind, entry_id, ${names}, ${more.columns})
      select 'attempt', s.entry_id, ${written}, ${more.values} from ${rows.text} s ${more.joins}`,
  };
  await runPrepared(tx, statement, rows.values);
}

const groupColumns: Readonly<Record<CostGroup, string>> = {
  process: 'process',
  equipment: 'equipment_id',
  job_type: 'job_type',
  tool: 'tool_name',
  user: 'user_id',
  day: `to_char(ended_at at time zone 'UTC', 'YYYY-MM-DD')`,
  month: `to_char(ended_at at time zone 'UTC', 'YYYY-MM')`,
};

/** The ledger of a span of time, added up as far as one rate counts for all that is added. */
export async function readCostParts(
  tx: Transaction,
  orgId: string,
  query: { from: string; to: string; groupBy: readonly CostGroup[] },
): Promise<CostPart[]> {
  const names = query.groupBy;
  const columns = names.map((name) => `${groupColumns[name]} as "${name}"`);
  const selected = sql.raw(columns.length === 0 ? '' : `, ${columns.join(', ')}`);
  const grouped = sql.raw(names.map((_name, index) => `, ${index + 10}`).join(''));
  const found = await tx.execute<PartRow>(sql`
    select equipment_id, version, count(*)::int as entries, sum(tool_s)::float8 as tool_s,
      sum(compute_s)::float8 as compute_s, sum(runs)::int as runs, sum(wafers)::int as wafers,
      sum(gas_sl)::float8 as gas_sl, sum(energy_kwh)::float8 as energy_kwh ${selected}
    from (
      select *, (
        select max(version) from cost_rates r where r.org_id = c.org_id and r.effective_from <= c.ended_at
      ) as version
      from cost_entries c where org_id = ${orgId} and ended_at >= ${query.from} and ended_at < ${query.to}) e
    group by 1, 2 ${grouped} order by 1, 2 ${grouped}`);
  const versions = await readRates(tx, orgId);
  const rates = new Map(versions.map((one) => [one.version, one.rates]));
  return found.rows.map((row) => ({
    group: Object.fromEntries(names.map((name) => [name, row[name] ?? null])),
    entries: row.entries,
    equipmentId: row.equipment_id,
    rates: row.version === null ? null : (rates.get(row.version) ?? null),
    quantities: quantitiesOf(row),
  }));
}

/** Rows of the ledger, latest first. */
export async function readCostEntries(
  tx: Transaction,
  orgId: string,
  query: {
    entryId?: string;
    jobId?: string | undefined;
    runId?: string | undefined;
    limit: number;
    offset: number;
  },
): Promise<{ items: CostEntry[]; total: number }> {
  const filter = sql`org_id = ${orgId}
    and (${query.entryId ?? null}::uuid is null or entry_id = ${query.entryId ?? null}::uuid)
    and (${query.jobId ?? null}::uuid is null or job_id = ${query.jobId ?? null}::uuid)
    and (${query.runId ?? null}::text is null or run_id = ${query.runId ?? null}::text)`;
  const found = await tx.execute<EntryRow>(sql`
    select * from cost_entries where ${filter} order by ended_at desc, created_at desc, entry_id
    limit ${query.limit} offset ${query.offset}`);
  const counted = await tx.execute<{ total: number }>(
    sql`select count(*)::int as total from cost_entries where ${filter}`,
  );
  return { items: found.rows.map(entryOf), total: counted.rows[0]?.total ?? 0 };
}

/** Every version of the organisation's rates, latest first. */
export async function readRates(tx: Transaction, orgId: string): Promise<RatesVersion[]> {
  const found = await tx.execute<RatesRow>(
    sql`select * from cost_rates where org_id = ${orgId} order by version desc`,
  );
  return found.rows.map((row) => ({
    version: row.version,
    effective_from: new Date(row.effective_from).toISOString(),
    rates: row.rates,
    created_by: row.created_by,
  }));
}

type QuantityRow = {
  tool_s: number;
  compute_s: number;
  runs: number;
  wafers: number;
  gas_sl: number | null;
  energy_kwh: number | null;
};
type PartRow = QuantityRow & {
  equipment_id: string | null;
  version: number | null;
  entries: number;
} & Partial<Record<CostGroup, string | null>>;
type EntryRow = QuantityRow & {
  entry_id: string;
  kind: CostEntry['kind'];
  job_id: string;
  attempt: number;
  run_id: string | null;
  process: string | null;
  job_type: JobType;
  tool_name: string | null;
  equipment_id: string | null;
  user_id: string;
  ended_at: string | Date;
  ending: string;
  corrects: string | null;
  reason: string | null;
  created_by: string | null;
};
type RatesRow = { version: number; effective_from: string | Date; rates: CostRates; created_by: string };

function quantitiesOf(row: QuantityRow) {
  return {
    tool_hours: row.tool_s / 3600,
    compute_seconds: row.compute_s,
    runs: row.runs,
    wafers: row.wafers,
    gas_standard_litres: row.gas_sl,
    energy_kwh: row.energy_kwh,
  };
}

function entryOf(row: EntryRow): CostEntry {
  const { entry_id, kind, job_id, attempt, run_id, process, job_type, equipment_id, user_id, ending } = row;
  const { corrects, reason, created_by, tool_name: tool } = row;
  return {
    entry_id,
    kind,
    job_id,
    attempt,
    run_id,
    process,
    job_type,
    tool,
    equipment_id,
    user_id,
    ended_at: new Date(row.ended_at).toISOString(),
    ending,
    ...quantitiesOf(row),
    corrects,
    reason,
    created_by,
  };
}
