import type { Transaction } from '@spectra/database';
import type { Alarm, AlarmChange, AlarmState, Alert } from '@spectra/schemas';
import { sql, type SQL } from 'drizzle-orm';
import { stateOf, type AlarmAct, type AlarmFacts } from './alarm-state.ts';

/** A stored alarm: whose, what is true of it, and the newest thing that its source said. */
export type AlarmRow = {
  orgId: string;
  alarmId: string;
  process: string;
  facts: AlarmFacts;
  alert: Alert;
  changedAt: string;
};

type Stored = {
  org_id: string;
  alarm_id: string;
  process: string;
  active: boolean;
  latched: boolean;
  occurrences: number;
  alert: Alert;
  first_raised_at: Date | string;
  raised_at: Date | string;
  cleared_at: Date | string | null;
  changed_at: Date | string;
  acknowledged_by: string | null;
  acknowledged_at: Date | string | null;
  acknowledge_comment: string | null;
  shelved_by: string | null;
  shelved_at: Date | string | null;
  shelved_until: Date | string | null;
  shelve_reason: string | null;
};

/** Alarms that a condition chooses, newest change first. */
export async function readAlarms(tx: Transaction, chosen: SQL, rest: SQL = sql``): Promise<AlarmRow[]> {
  const found = await tx.execute<Stored>(sql`
    select * from alarms where ${chosen} order by changed_at desc, alarm_id ${rest}`);
  return found.rows.map(fromStored);
}

/** Stores an alarm and the change that made it so, in the same transaction. */
export async function saveAlarm(
  tx: Transaction,
  row: AlarmRow,
  change: { act: AlarmAct; from: AlarmState | null; told: boolean },
): Promise<void> {
  const { orgId, alarmId, process, facts, alert, changedAt } = row;
  const { acknowledged, shelved } = facts;
  const state = stateOf(facts);
  const source = alert.source ?? alarmId;
  await tx.execute(sql`
    insert into alarms (org_id, alarm_id, process, equipment_id, source, parameter, severity, state, active, latched,
                        occurrences, run_id, alert, first_raised_at, raised_at, cleared_at, changed_at,
                        acknowledged_by, acknowledged_at, acknowledge_comment,
                        shelved_by, shelved_at, shelved_until, shelve_reason)
    values (${orgId}, ${alarmId}, ${process}, ${alert.equipment_id}, ${source}, ${alert.parameter},
            ${alert.severity}, ${state}, ${facts.active}, ${facts.latched}, ${facts.occurrences}, ${alert.run_id},
            ${JSON.stringify(alert)}::json, ${facts.firstRaisedAt}, ${facts.raisedAt}, ${facts.clearedAt}, ${changedAt},
            ${acknowledged?.by ?? null}, ${acknowledged?.at ?? null}, ${acknowledged?.comment ?? null},
            ${shelved?.by ?? null}, ${shelved?.at ?? null}, ${shelved?.until ?? null}, ${shelved?.reason ?? null})
    on conflict (org_id, alarm_id) do update
      set severity = excluded.severity, state = excluded.state, active = excluded.active, latched = excluded.latched,
          occurrences = excluded.occurrences, run_id = excluded.run_id, alert = excluded.alert,
          raised_at = excluded.raised_at, cleared_at = excluded.cleared_at, changed_at = excluded.changed_at,
          acknowledged_by = excluded.acknowledged_by, acknowledged_at = excluded.acknowledged_at,
          acknowledge_comment = excluded.acknowledge_comment, shelved_by = excluded.shelved_by,
          shelved_at = excluded.shelved_at, shelved_until = excluded.shelved_until,
          shelve_reason = excluded.shelve_reason`);
  const { act, from, told } = change;
  await tx.execute(sql`
    insert into alarm_changes (org_id, alarm_id, run_id, event, from_state, to_state, value, by, comment, at, told)
    values (${orgId}, ${alarmId}, ${alert.run_id}, ${act.event}, ${from}, ${state}, ${alert.value},
            ${'by' in act ? act.by : null}, ${commentOf(act)}, ${act.at}, ${told})`);
}

/** A stored change of an alarm, and whose it is. */
export type ChangeRow = { orgId: string; changeId: string; alarmId: string; change: AlarmChange };

/** Changes that a condition chooses, in the order that is asked for. */
export async function readChanges(tx: Transaction, chosen: SQL): Promise<ChangeRow[]> {
  const found = await tx.execute<StoredChange>(sql`select * from alarm_changes where ${chosen}`);
  return found.rows.map(({ org_id, change_id, alarm_id, at, from_state, to_state, ...rest }) => ({
    orgId: org_id,
    changeId: change_id,
    alarmId: alarm_id,
    change: {
      at: new Date(at).toISOString(),
      event: rest.event,
      from: from_state,
      to: to_state,
      run_id: rest.run_id,
      value: rest.value,
      by: rest.by,
      comment: rest.comment,
    },
  }));
}

type StoredChange = Omit<AlarmChange, 'from' | 'to'> & {
  org_id: string;
  change_id: string;
  alarm_id: string;
  from_state: AlarmState | null;
  to_state: AlarmState;
};

/** An alarm in the words of the wire. */
export function alarmOf(row: AlarmRow): Alarm {
  const { alert, facts } = row;
  const { by: _by, comment: _comment, ...said } = alert;
  return {
    ...said,
    alarm_id: row.alarmId,
    source: alert.source ?? row.alarmId,
    state: stateOf(facts),
    process: row.process,
    latched: facts.latched,
    active: facts.active,
    occurrences: facts.occurrences,
    first_raised_at: facts.firstRaisedAt,
    raised_at: facts.raisedAt,
    cleared_at: facts.clearedAt,
    changed_at: row.changedAt,
    acknowledged: facts.acknowledged,
    shelved: facts.shelved,
  };
}

function commentOf(act: AlarmAct): string {
  if ('comment' in act) return act.comment;
  return 'reason' in act ? act.reason : '';
}

function fromStored(row: Stored): AlarmRow {
  const time = (value: Date | string) => new Date(value).toISOString();
  const { acknowledged_by, acknowledged_at, shelved_by, shelved_at, shelved_until } = row;
  return {
    orgId: row.org_id,
    alarmId: row.alarm_id,
    process: row.process,
    alert: row.alert,
    changedAt: time(row.changed_at),
    facts: {
      active: row.active,
      latched: row.latched,
      occurrences: row.occurrences,
      firstRaisedAt: time(row.first_raised_at),
      raisedAt: time(row.raised_at),
      clearedAt: row.cleared_at && time(row.cleared_at),
      acknowledged:
        acknowledged_by === null || acknowledged_at === null
          ? null
          : { by: acknowledged_by, at: time(acknowledged_at), comment: row.acknowledge_comment ?? '' },
      shelved:
        shelved_by === null || shelved_at === null || shelved_until === null
          ? null
          : {
              by: shelved_by,
              at: time(shelved_at),
              until: time(shelved_until),
              reason: row.shelve_reason ?? '',
            },
    },
  };
}
