import type { Messaging } from '@spectra/messaging';
import { accept, refuse, shelvedHoursMax, telemetryRpc, type Caller, type Result } from '@spectra/schemas';
import type { Clock, Part } from '@spectra/service-kit';
import type { AlarmDesk } from './alarm-desk.ts';

const hourMs = 3_600_000;

/** Answers `rpc.telemetry.*-alarm*`: reading alarms, and what people do with them. */
export function serveAlarms(
  messaging: Pick<Messaging, 'serve'>,
  { desk, clock, onChange }: { desk: AlarmDesk; clock: Clock; onChange: () => void },
): Part {
  let stops: (() => Promise<void>)[] = [];
  const now = () => new Date(clock.nowMs()).toISOString();
  const changed = async <Value>(work: Promise<Result<Value>>): Promise<Result<Value>> => {
    const result = await work;
    if (result.ok) onChange();
    return result;
  };
  return {
    name: 'alarms',
    async start() {
      stops = [
        messaging.serve('telemetry', telemetryRpc.listAlarms, async ({ caller, body }) =>
          caller ? accept(await desk.list(caller.orgId, body)) : nobody,
        ),
        messaging.serve('telemetry', telemetryRpc.getAlarm, async ({ caller, body }) =>
          caller ? desk.get(caller.orgId, body.alarm_id) : nobody,
        ),
        messaging.serve('telemetry', telemetryRpc.acknowledgeAlarm, async ({ caller, body }) => {
          if (!caller) return nobody;
          const act = { event: 'acknowledge', at: now(), by: caller.userId, comment: body.comment } as const;
          return changed(desk.act(caller.orgId, body.alarm_id, act));
        }),
        messaging.serve('telemetry', telemetryRpc.shelveAlarm, async ({ caller, body }) =>
          caller ? changed(shelve(desk, caller, body, clock.nowMs())) : nobody,
        ),
        messaging.serve('telemetry', telemetryRpc.unshelveAlarm, async ({ caller, body }) => {
          if (!caller) return nobody;
          const act = { event: 'unshelve', at: now(), by: caller.userId, comment: body.comment } as const;
          return changed(desk.act(caller.orgId, body.alarm_id, act));
        }),
      ];
    },
    async stop() {
      await Promise.all(stops.splice(0).map((stop) => stop()));
    },
  };
}

const nobody = refuse('unauthenticated', 'Alarms are read and changed on behalf of a caller.');

async function shelve(
  desk: AlarmDesk,
  caller: Caller,
  asked: { alarm_id: string; until: string; reason: string },
  nowMs: number,
) {
  const untilMs = Date.parse(asked.until);
  const latestMs = nowMs + shelvedHoursMax * hourMs;
  if (!(untilMs > nowMs && untilMs <= latestMs)) {
    const limit = { after: new Date(nowMs).toISOString(), maximum: new Date(latestMs).toISOString() };
    const message = `must lie in the next ${shelvedHoursMax} h`;
    return refuse('validation_failed', `until: ${message}`, [
      { path: 'until', message, value: asked.until, limit },
    ]);
  }
  return desk.act(caller.orgId, asked.alarm_id, {
    event: 'shelve',
    at: new Date(nowMs).toISOString(),
    by: caller.userId,
    until: new Date(untilMs).toISOString(),
    reason: asked.reason,
  });
}
