import type { Transaction } from '@spectra/database';
import type { Alert } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import type { RunAddress, StreamEntry } from '../stream/run-stream.ts';
import { isEnding } from '../stream/run-stream.ts';
import { readAlarms, saveAlarm, type AlarmRow } from './alarm-rows.ts';
import { firstRaising, nextAlarm, stateOf, type AlarmAct } from './alarm-state.ts';

/**
 * Takes what tools and charts said into the standing of their alarms, in the transaction that stores the messages.
 * What a person did was recorded when they did it, and comes by here only on its way to the viewers.
 */
export async function recordAlerts(
  tx: Transaction,
  run: RunAddress & { entries: readonly StreamEntry[] },
): Promise<void> {
  for (const entry of run.entries) {
    if (entry.type === 'alert' && entry.data.by === undefined) await recordAlert(tx, run, entry.data);
    if (isEnding(entry.type)) await clearWhatRunLeft(tx, run, entry.timestamp);
  }
}

async function recordAlert(tx: Transaction, { orgId, process }: RunAddress, alert: Alert): Promise<void> {
  const event = alert.state === 'raised' ? 'raise' : 'clear';
  const act: AlarmAct = { event, at: alert.at, latched: alert.latched ?? false };
  const alarmId = alert.alarm_id;
  const [known] = await readAlarms(tx, sql`org_id = ${orgId} and alarm_id = ${alarmId}`, sql`for update`);
  if (known === undefined) {
    // Nothing stands that could be cleared.
    if (event === 'clear') return;
    const facts = firstRaising(alert.at, alert.latched ?? false);
    const row: AlarmRow = { orgId, alarmId, process, facts, alert, changedAt: alert.at };
    return saveAlarm(tx, row, { act, from: null, told: true });
  }
  await advance(tx, known, { act, alert });
}

/** A worker that died could not say that its conditions are over; the end of the run says it. */
async function clearWhatRunLeft(tx: Transaction, { orgId, runId }: RunAddress, at: string): Promise<void> {
  const left = await readAlarms(
    tx,
    sql`org_id = ${orgId} and run_id = ${runId} and active and not latched`,
    sql`for update`,
  );
  for (const row of left) {
    if (outlastsRun(row)) continue;
    await advance(tx, row, { act: { event: 'clear', at, latched: false }, alert: row.alert });
  }
}

/** What a chart over many runs found lasts until a later run is in control again. */
function outlastsRun({ alert }: AlarmRow): boolean {
  return /^(chart|fdc)\./.test(alert.source ?? '');
}

async function advance(
  tx: Transaction,
  row: AlarmRow,
  { act, alert }: { act: AlarmAct; alert: Alert },
): Promise<void> {
  const facts = nextAlarm(row.facts, act);
  // A clearing of what is clear already changes nothing and is no news.
  if (facts === null || facts === row.facts) return;
  await saveAlarm(
    tx,
    { ...row, facts, alert, changedAt: act.at },
    { act, from: stateOf(row.facts), told: true },
  );
}
