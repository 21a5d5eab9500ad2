import type { Database, Transaction } from '@spectra/database';
import { accept, refuse, type Alarm, type AlarmChange, type Result } from '@spectra/schemas';
import { sql, type SQL } from 'drizzle-orm';
import { alarmOf, readAlarms, readChanges, saveAlarm, type AlarmRow, type ChangeRow } from './alarm-rows.ts';
import { nextAlarm, stateOf, type AlarmAct } from './alarm-state.ts';

const changesMax = 200;

/** What a list is cut to; all that is given must hold. */
type AlarmFilter = {
  process?: string | undefined;
  equipment_id?: string | undefined;
  run_id?: string | undefined;
  parameter?: string | undefined;
  source?: string | undefined;
  state?: string | undefined;
  severity?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  limit: number;
  offset: number;
};

/** Alarms of one organisation: read, and changed by people and by the clock. */
export type AlarmDesk = {
  list(orgId: string, filter: AlarmFilter): Promise<{ items: Alarm[]; total: number }>;
  get(orgId: string, alarmId: string): Promise<Result<Alarm & { history: AlarmChange[] }>>;
  act(orgId: string, alarmId: string, act: AlarmAct): Promise<Result<Alarm>>;
  /** Takes what has lain on the shelf long enough from it, for any organisation; answers how many. */
  endShelves(nowMs: number): Promise<number>;
  /** Changes that the run's stream was not told yet, oldest first. */
  untold(limit: number): Promise<UntoldChange[]>;
  markTold(change: UntoldChange): Promise<void>;
};

/** A change on its way to the run's stream. */
export type UntoldChange = ChangeRow & { row: AlarmRow };

/** Opens the alarms in Postgres. */
export function createAlarmDesk(database: Database): AlarmDesk {
  return {
    list: (orgId, filter) => database.withOrg(orgId, (tx) => listAlarms(tx, orgId, filter)),
    get: (orgId, alarmId) =>
      database.withOrg(orgId, async (tx) => {
        const [row] = await readAlarms(tx, isAlarm(orgId, alarmId));
        if (row === undefined) return noAlarm();
        const newest = sql`${isAlarm(orgId, alarmId)} order by change_id desc limit ${changesMax}`;
        const history = (await readChanges(tx, newest)).map(({ change }) => change);
        return accept({ ...alarmOf(row), history });
      }),
    act: (orgId, alarmId, act) =>
      database.withOrg(orgId, async (tx) => {
        const [row] = await readAlarms(tx, isAlarm(orgId, alarmId), sql`for update`);
        return row === undefined ? noAlarm() : changeAlarm(tx, row, act);
      }),
    endShelves: (nowMs) => database.withSystem((tx) => endShelves(tx, nowMs)),
    untold: (limit) => database.withSystem((tx) => readUntold(tx, limit)),
    markTold: ({ orgId, changeId }) =>
      database.withSystem(async (tx) => {
        await tx.execute(
          sql`update alarm_changes set told = true where org_id = ${orgId} and change_id = ${changeId}`,
        );
      }),
  };
}

function isAlarm(orgId: string, alarmId: string): SQL {
  return sql`org_id = ${orgId} and alarm_id = ${alarmId}`;
}

function noAlarm(): Result<never> {
  return refuse('not_found', 'There is nothing with this id.');
}

async function listAlarms(
  tx: Transaction,
  orgId: string,
  filter: AlarmFilter,
): Promise<{ items: Alarm[]; total: number }> {
  const { process, equipment_id, parameter, source, state, severity, run_id, from, to } = filter;
  const equals = Object.entries({ process, equipment_id, parameter, source, state, severity });
  const parts = [
    sql`org_id = ${orgId}`,
    ...equals.flatMap(([column, value]) =>
      value === undefined ? [] : [sql`${sql.identifier(column)} = ${value}`],
    ),
    // An alarm belongs to every run that raised it, not only to the newest.
    ...(run_id === undefined
      ? []
      : [
          sql`alarm_id in (select alarm_id from alarm_changes where org_id = ${orgId} and run_id = ${run_id})`,
        ]),
    ...(from === undefined ? [] : [sql`changed_at >= ${from}`]),
    ...(to === undefined ? [] : [sql`changed_at < ${to}`]),
  ];
  const chosen = sql.join(parts, sql` and `);
  const counted = await tx.execute<{ total: number }>(
    sql`select count(*)::int as total from alarms where ${chosen}`,
  );
  const rows = await readAlarms(tx, chosen, sql`limit ${filter.limit} offset ${filter.offset}`);
  return { items: rows.map(alarmOf), total: counted.rows[0]?.total ?? 0 };
}

async function changeAlarm(tx: Transaction, row: AlarmRow, act: AlarmAct): Promise<Result<Alarm>> {
  const from = stateOf(row.facts);
  const facts = nextAlarm(row.facts, act);
  if (facts === null) {
    const seen = act.event === 'acknowledge' && row.facts.acknowledged !== null;
    const why = seen ? `The alarm was acknowledged already; it is ${from}.` : `The alarm is ${from}.`;
    return refuse('illegal_transition', `${why} It cannot be changed by ${act.event}.`);
  }
  const next = { ...row, facts, changedAt: act.at };
  await saveAlarm(tx, next, { act, from, told: false });
  return accept(alarmOf(next));
}

async function endShelves(tx: Transaction, nowMs: number): Promise<number> {
  const at = new Date(nowMs).toISOString();
  const due = await readAlarms(tx, sql`shelved_until <= ${at}`, sql`limit 100 for update skip locked`);
  for (const row of due) {
    const comment = `The shelf ended at ${row.facts.shelved?.until}`;
    await changeAlarm(tx, row, { event: 'unshelve', at, by: 'system', comment });
  }
  return due.length;
}

async function readUntold(tx: Transaction, limit: number): Promise<UntoldChange[]> {
  const changes = await readChanges(tx, sql`not told order by change_id limit ${limit}`);
  const untold: UntoldChange[] = [];
  for (const change of changes) {
    const [row] = await readAlarms(tx, isAlarm(change.orgId, change.alarmId));
    if (row !== undefined) untold.push({ ...change, row });
  }
  return untold;
}
